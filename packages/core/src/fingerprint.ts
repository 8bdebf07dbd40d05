import { toBytes } from '@mokus/safetensors';
import { deltaArrays } from './delta-arrays.js';
import type { SiteDelta } from './edit.js';
import { throwIfCancelled } from './errors.js';
import type { RunOptions } from './progress.js';
import type { WeightStore } from './weights.js';

/** Bytes hashed at a time: WebCrypto has no streaming digest, and a tensor may be larger than memory allows twice. */
const chunkBytes = 64 * 1024 * 1024;

/**
 * A sha256 (hex) that identifies a component's weights: over one line per tensor, in order of names, with its name,
 * dtype, shape and the sha256 of each 64 MiB of its bytes. How tensors are spread over files does not matter.
 */
export async function fingerprintWeights(weights: WeightStore, options: RunOptions = {}): Promise<string> {
  const names = [...weights.names()].sort();
  const lines: string[] = [];
  for (const name of names) {
    const entry = weights.get(name);
    if (entry === undefined) continue;
    const digests: string[] = [];
    for (let done = 0; done < entry.length; done += chunkBytes) {
      throwIfCancelled(options.signal, `the fingerprint of ${weights.name}`);
      const length = Math.min(chunkBytes, entry.length - done);
      digests.push(await sha256(await entry.source.read(entry.offset + done, length)));
    }
    lines.push(`${JSON.stringify(name)} ${entry.dtype} [${entry.shape.join(',')}] ${digests.join(' ')}\n`);
  }
  return sha256(new TextEncoder().encode(lines.join('')));
}

/** Computes a fingerprint when it is first asked for, and again only if that failed. */
export function onceFingerprint(compute: () => Promise<string>): () => Promise<string> {
  let found: Promise<string> | undefined;
  return () => {
    found ??= compute().catch((error: unknown) => {
      found = undefined;
      throw error;
    });
    return found;
  };
}

/** The sha256 (hex) of each of a delta's arrays: U and V, or the one of a dense delta. */
export function deltaDigests(delta: SiteDelta): Promise<readonly string[]> {
  return Promise.all(deltaArrays(delta).map((data) => sha256(toBytes(data))));
}

/** In hexadecimal digits. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  // A copy where the bytes lie in shared memory, which WebCrypto refuses.
  const own = bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', own));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
