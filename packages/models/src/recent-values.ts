/** Values by key, of which those that were asked for last are kept: a caller that goes round a few gets the same ones again. */
export class RecentValues<Key, Value> {
  readonly #most: number;
  /** In the order in which they were asked for. */
  readonly #kept = new Map<Key, Value>();

  /** @param most how many are kept */
  constructor(most: number) {
    this.#most = most;
  }

  get(key: Key, make: () => Value): Value {
    const kept = this.#kept;
    const value = kept.has(key) ? (kept.get(key) as Value) : make();
    kept.delete(key);
    kept.set(key, value);
    if (kept.size > this.#most) kept.delete(kept.keys().next().value as Key);
    return value;
  }
}
