import { MokusError, type MokusErrorCode } from '../../errors.js';
import { relativeError } from '../backend/compare.js';

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

/** Throws unless the call is refused with a MokusError of this code. */
export async function requireRefusal(what: string, code: MokusErrorCode, run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (MokusError.isInstance(error) && error.code === code) return;
    throw new Error(`${what}: expected MokusError "${code}", got ${String(error)}`, { cause: error });
  }
  throw new Error(`${what}: expected MokusError "${code}", but it went through`);
}
