/** What the kits compare results with. */

/** max |a - b| / max |b|; NaN where either has one. */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let difference = 0;
  let magnitude = 0;
  for (let at = 0; at < b.length; at++) {
    difference = Math.max(difference, Math.abs((a[at] as number) - (b[at] as number)));
    magnitude = Math.max(magnitude, Math.abs(b[at] as number));
  }
  return difference === 0 ? 0 : difference / (magnitude === 0 ? 1 : magnitude);
}

/** Throws unless `got` is within `tolerance` of `expected`, as a share of the largest expected magnitude. */
export function requireAlike(
  what: string,
  got: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
): void {
  if (got.length !== expected.length) throw new Error(`${what}: ${got.length} numbers, expected ${expected.length}`);
  const error = relativeError(got, expected);
  if (!(error <= tolerance)) throw new Error(`${what}: off by ${error} of the largest magnitude, allowed ${tolerance}`);
}

/** Throws when two results that must differ are as good as the same. */
export function requireDifferent(what: string, got: ArrayLike<number>, other: ArrayLike<number>): void {
  const difference = relativeError(got, other);
  if (!(difference > 1e-3)) throw new Error(`${what}: the results differ by ${difference} only`);
}
