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

  /** Of a diagonal matrix, whose entries are above 0. */
  static diagonal(values: Float64Array): Cholesky {
    const size = values.length;
    const lower = new Float64Array(size * size);
    for (let row = 0; row < size; row++) lower[row * size + row] = Math.sqrt(values[row]!);
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
    const { size } = this;
    const solved = rows.slice();
    const inFours = solved.length - (solved.length % (4 * size));
    const inPairs = size - (size % 2);
    // All right-hand sides at a row of L before the next row: L is what does not fit the caches.
    for (let row = 0; row < inPairs; row += 2) {
      for (let start = 0; start < inFours; start += 4 * size) this.forwardPair(solved, start, row);
      for (let start = inFours; start < solved.length; start += size) {
        this.forwardOne(solved, start, row);
        this.forwardOne(solved, start, row + 1);
      }
    }
    if (inPairs < size) {
      for (let start = 0; start < solved.length; start += size) {
        this.forwardOne(solved, start, inPairs);
        this.backOne(solved, start, inPairs);
      }
    }
    for (let row = inPairs - 2; row >= 0; row -= 2) {
      for (let start = 0; start < inFours; start += 4 * size) this.backPair(solved, start, row);
      for (let start = inFours; start < solved.length; start += size) {
        this.backOne(solved, start, row + 1);
        this.backOne(solved, start, row);
      }
    }
    return solved;
  }

  private forwardOne(solved: Float64Array, start: number, row: number): void {
    const { lower } = this;
    const rowStart = row * this.size;
    let rest = solved[start + row]!;
    for (let k = 0; k < row; k++) rest -= lower[rowStart + k]! * solved[start + k]!;
    solved[start + row] = rest / lower[rowStart + row]!;
  }

  private backOne(solved: Float64Array, start: number, row: number): void {
    const { lower } = this;
    const rowStart = row * this.size;
    const value = solved[start + row]! / lower[rowStart + row]!;
    solved[start + row] = value;
    for (let k = 0; k < row; k++) solved[start + k]! -= lower[rowStart + k]! * value;
  }

  /**
   * As {@link forwardOne} for two rows of L and four right-hand sides: what is read is used more than once, and no sum waits
   * for another. The same operations in the same order.
   */
  private forwardPair(solved: Float64Array, start: number, row: number): void {
    const { lower, size } = this;
    const [second, third, fourth] = [start + size, start + 2 * size, start + 3 * size];
    const upper = row * size;
    const under = upper + size;
    let a = solved[start + row]!;
    let b = solved[second + row]!;
    let c = solved[third + row]!;
    let d = solved[fourth + row]!;
    let p = solved[start + row + 1]!;
    let q = solved[second + row + 1]!;
    let r = solved[third + row + 1]!;
    let s = solved[fourth + row + 1]!;
    for (let k = 0; k < row; k++) {
      const above = lower[upper + k]!;
      const below = lower[under + k]!;
      const first = solved[start + k]!;
      a -= above * first;
      p -= below * first;
      const next = solved[second + k]!;
      b -= above * next;
      q -= below * next;
      const after = solved[third + k]!;
      c -= above * after;
      r -= below * after;
      const last = solved[fourth + k]!;
      d -= above * last;
      s -= below * last;
    }
    const pivot = lower[upper + row]!;
    solved[start + row] = a /= pivot;
    solved[second + row] = b /= pivot;
    solved[third + row] = c /= pivot;
    solved[fourth + row] = d /= pivot;
    const between = lower[under + row]!;
    const lowerPivot = lower[under + row + 1]!;
    solved[start + row + 1] = (p - between * a) / lowerPivot;
    solved[second + row + 1] = (q - between * b) / lowerPivot;
    solved[third + row + 1] = (r - between * c) / lowerPivot;
    solved[fourth + row + 1] = (s - between * d) / lowerPivot;
  }

  /** As {@link backOne}, likewise. */
  private backPair(solved: Float64Array, start: number, row: number): void {
    const { lower, size } = this;
    const [second, third, fourth] = [start + size, start + 2 * size, start + 3 * size];
    const upper = row * size;
    const under = upper + size;
    const lowerPivot = lower[under + row + 1]!;
    const p = solved[start + row + 1]! / lowerPivot;
    const q = solved[second + row + 1]! / lowerPivot;
    const r = solved[third + row + 1]! / lowerPivot;
    const s = solved[fourth + row + 1]! / lowerPivot;
    const between = lower[under + row]!;
    const pivot = lower[upper + row]!;
    const a = (solved[start + row]! - between * p) / pivot;
    const b = (solved[second + row]! - between * q) / pivot;
    const c = (solved[third + row]! - between * r) / pivot;
    const d = (solved[fourth + row]! - between * s) / pivot;
    solved[start + row + 1] = p;
    solved[second + row + 1] = q;
    solved[third + row + 1] = r;
    solved[fourth + row + 1] = s;
    solved[start + row] = a;
    solved[second + row] = b;
    solved[third + row] = c;
    solved[fourth + row] = d;
    for (let k = 0; k < row; k++) {
      const above = lower[upper + k]!;
      const below = lower[under + k]!;
      solved[start + k] = solved[start + k]! - below * p - above * a;
      solved[second + k] = solved[second + k]! - below * q - above * b;
      solved[third + k] = solved[third + k]! - below * r - above * c;
      solved[fourth + k] = solved[fourth + k]! - below * s - above * d;
    }
  }
}
