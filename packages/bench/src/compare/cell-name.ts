/**
 * A cell's name: readable, and with a hash of everything that decides what is in it, so that a cell of another plan or
 * model is never taken for it. `decides` is JSON; members that are undefined do not count.
 */
export async function cellName(words: readonly string[], decides: unknown): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(decides));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const hash = Array.from(digest.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [...words.map(slug), hash].join('.');
}

function slug(text: string): string {
  const safe = text.replace(/[^A-Za-z0-9]+/g, '-').slice(0, 40);
  return safe === '' ? '-' : safe;
}
