import type { NDArray } from '../../src/index.js';

/** An array from its numbers; `shape` defaults to one axis. */
export function array(data: readonly number[], shape: readonly number[] = [data.length]): NDArray {
  return { shape, data: Float64Array.from(data) };
}

/** Uniform numbers in [low, high), the same for the same seed (a linear congruential generator, high bits only). */
export function uniform(seed: number, low: number, high: number): () => number {
  let state = (seed * 2654435761 + 12345) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return low + ((high - low) * (state >>> 4)) / 2 ** 28;
  };
}

export function randomArray(shape: readonly number[], next: () => number): NDArray {
  const size = shape.reduce((product, each) => product * each, 1);
  return { shape, data: Float64Array.from({ length: size }, next) };
}

/** The largest difference, in units of the largest magnitude of `expected` or of 1 if that is larger. */
export function relativeError(actual: NDArray, expected: NDArray): number {
  if (actual.data.length !== expected.data.length || actual.shape.join() !== expected.shape.join()) return Infinity;
  let difference = 0;
  let magnitude = 1;
  expected.data.forEach((each, index) => {
    const off = Math.abs(each - (actual.data[index] as number));
    // NaN compares as false with everything, so it has to be looked for.
    difference = Number.isNaN(off) ? Infinity : Math.max(difference, off);
    magnitude = Math.max(magnitude, Math.abs(each));
  });
  return difference / magnitude;
}
