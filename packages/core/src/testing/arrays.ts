/** Arrays of the kits: with a real vocabulary they hold more numbers than one call takes arguments. */

/** One after another. */
export function joined(arrays: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}

/** The length of all of them together as one vector. */
export function normOf(arrays: readonly Float32Array[]): number {
  let squares = 0;
  for (const array of arrays) for (const value of array) squares += value * value;
  return Math.sqrt(squares);
}
