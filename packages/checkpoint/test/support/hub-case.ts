import { onTestFinished } from 'vitest';
import type { HubSnapshotOptions } from '../../src/node/index.js';
import { type HubFile, type HubServer, startHub } from './hub-server.js';
import { temporaryFolder } from './temporary-folder.js';

export const id = 'owner/tiny-model';

/** Bytes that no other length or seed repeats. */
export function someBytes(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let index = 0; index < length; index += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

/** A repository with small files, a large one in a folder, an empty one, and names that addresses must encode. */
export function someFiles(): Map<string, HubFile> {
  const text = (value: string): HubFile => ({ bytes: new TextEncoder().encode(value) });
  return new Map([
    ['config.json', text('{"a":1}')],
    ['vae/config.json', text('{"b":2}')],
    ['vae/model.safetensors', { bytes: someBytes(3_000_000), isLarge: true }],
    ['vae/empty.txt', text('')],
    ['a #1?%20 é.txt', text('odd name')],
  ]);
}

/** A hub with one repository, and a cache of its own, for one test. */
export async function hubCase(
  files: Map<string, HubFile> = someFiles(),
): Promise<{ hub: HubServer; cacheDir: string; options: HubSnapshotOptions }> {
  const hub = await startHub();
  onTestFinished(() => hub[Symbol.asyncDispose]());
  hub.repositories.set(id, files);
  const cacheDir = await temporaryFolder();
  return { hub, cacheDir, options: { endpoint: hub.endpoint, cacheDir, token: false } };
}
