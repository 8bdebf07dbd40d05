/** A repository for the hub of the tests. */
import type { HubFile } from './hub-server.js';

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
