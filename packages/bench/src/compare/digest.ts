import { sha256 } from '@mokus/core';

/** A sha256 (hex) of JSON as it is written; members that are undefined do not count. */
export function jsonDigest(value: unknown): Promise<string> {
  return sha256(new TextEncoder().encode(JSON.stringify(value)));
}
