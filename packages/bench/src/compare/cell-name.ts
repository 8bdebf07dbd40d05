import { jsonDigest } from './digest.js';

/**
 * A cell's name: readable, and with a hash of everything that decides what is in it, so that a cell of another plan or
 * model is never taken for it. `decides` is JSON; members that are undefined do not count.
 */
export async function cellName(words: readonly string[], decides: unknown): Promise<string> {
  const hash = await jsonDigest(decides);
  return [...words.map(slug), hash.slice(0, 16)].join('.');
}

function slug(text: string): string {
  const safe = text.replace(/[^A-Za-z0-9]+/g, '-').slice(0, 40);
  return safe === '' ? '-' : safe;
}
