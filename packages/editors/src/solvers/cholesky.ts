import { MokusError } from '@mokus/core';

/**
 * A = L L^T of a symmetric positive definite matrix in float64, row-major [size, size]. Right-hand sides are rows, as
 * captured keys are, so that every inner loop reads memory in order.
 */
export class Cholesky {
  private constructor(
    readonly size: number,
    private readonly lower: Float64Array,
  ) {}

  /** Of lambda I. */
  static identity(size: number, lambda: number): Cholesky {
    const lower = new Float64Array(size * size);
    for (let row = 0; row < size; row++) lower[row * size + row] = Math.sqrt(lambda);
    return new Cholesky(size, lower);
  }

  /**
   * Reads the lower triangle of `matrix`. `what` names the matrix in messages. Throws MokusError `edit` when the matrix
   * is not finite, or not positive definite by more than rounding: a singular one often leaves a tiny positive pivot.
   */
  static factor(matrix: Float64Array, size: number, what: string): Cholesky {
    const lower = new Float64Array(size * size);
    for (let row = 0; row < size; row++) {
      const rowStart = row * size;
      for (let column = 0; column <= row; column++) {
        const columnStart = column * size;
        let rest = matrix[rowStart + column]!;
        for (let k = 0; k < column; k++) rest -= lower[rowStart + k]! * lower[columnStart + k]!;
        if (row !== column) {
          lower[rowStart + column] = rest / lower[columnStart + column]!;
        } else if (rest > size * Number.EPSILON * Math.abs(matrix[rowStart + row]!) && Number.isFinite(rest)) {
          lower[rowStart + row] = Math.sqrt(rest);
        } else {
          throw new MokusError(
            'edit',
            `${what} [${size}, ${size}] is not positive definite (pivot ${row} is ${rest}): raise lambda, or look for values that are not finite`,
            { field: 'lambda' },
          );
        }
      }
    }
    return new Cholesky(size, lower);
  }

  /**
   * Of A + K^T K, for K [count, size]: count size^2 operations, however many keys A was made of. Each key is worked into L by
   * Givens rotations; a row of L meets those of all keys before the next row, so L is read once and in order.
   */
  plus(keys: Float64Array): Cholesky {
    const { size } = this;
    const lower = this.lower.slice();
    const rest = keys.slice();
    // By key and column: what the rotation divides by, and adds.
    const cosines = new Float64Array(keys.length);
    const sines = new Float64Array(keys.length);
    for (let row = 0; row < size; row++) {
      const start = row * size;
      for (let key = 0; key < keys.length; key += size) {
        let value = rest[key + row]!;
        for (let k = 0; k < row; k++) {
          const entry = (lower[start + k]! + sines[key + k]! * value) / cosines[key + k]!;
          value = cosines[key + k]! * value - sines[key + k]! * entry;
          lower[start + k] = entry;
        }
        const pivot = lower[start + row]!;
        const radius = Math.hypot(pivot, value);
        cosines[key + row] = radius / pivot;
        sines[key + row] = value / pivot;
        lower[start + row] = radius;
      }
    }
    return new Cholesky(size, lower);
  }

  /** `rows` A^-1, for `rows` [count, size] row-major; A is symmetric, so each row is the solution of A x = row. */
  solveRows(rows: Float64Array): Float64Array {
    const { size, lower } = this;
    const solved = rows.slice();
    // All right-hand sides at a row of L before the next row: L is what does not fit the caches.
    for (let row = 0; row < size; row++) {
      const pivot = lower[row * size + row]!;
      for (let start = 0; start < solved.length; start += size) {
        let rest = solved[start + row]!;
        for (let k = 0; k < row; k++) rest -= lower[row * size + k]! * solved[start + k]!;
        solved[start + row] = rest / pivot;
      }
    }
    for (let row = size - 1; row >= 0; row--) {
      const pivot = lower[row * size + row]!;
      for (let start = 0; start < solved.length; start += size) {
        const value = solved[start + row]! / pivot;
        solved[start + row] = value;
        for (let k = 0; k < row; k++) solved[start + k]! -= lower[row * size + k]! * value;
      }
    }
    return solved;
  }
}
