import { MokusError } from '@mokus/core';
import { Matrix, solve } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { Cholesky } from '../../src/solvers/cholesky.js';
import { relativeError } from '../support/fixtures.js';

describe('Cholesky', () => {
  // Rows are taken in fours, and those of L in pairs: sizes and counts with rests.
  it.each([
    [40, 3],
    [41, 6],
    [41, 8],
  ])('of size %s solves %s rows as ml-matrix does', (size, count) => {
    const root = Matrix.from1DArray(
      size,
      size,
      Array.from({ length: size * size }, (_, index) => Math.sin(index ** 1.5)),
    );
    const matrix = root.mmul(root.transpose()).add(Matrix.eye(size));
    const rows = Float64Array.from({ length: count * size }, (_, index) => Math.cos(index * 1.7));
    const expected = solve(matrix, Matrix.from1DArray(count, size, [...rows]).transpose()).transpose();
    const actual = Cholesky.factor(Float64Array.from(matrix.to1DArray()), size, 'A').solveRows(rows);
    expect(relativeError(actual, expected.to1DArray())).toBeLessThan(1e-12);
  });

  it('works keys into its factor as if they had been in the matrix', () => {
    const size = 30;
    const keys = Float64Array.from({ length: 4 * size }, (_, index) => Math.sin(index ** 1.3));
    const matrix = Matrix.eye(size).mul(0.3).to1DArray();
    const gram = Matrix.from1DArray(4, size, [...keys]);
    const whole = Matrix.from1DArray(size, size, matrix).add(gram.transpose().mmul(gram));
    const rows = Float64Array.from({ length: 2 * size }, (_, index) => Math.cos(index * 1.1));
    const expected = Cholesky.factor(Float64Array.from(whole.to1DArray()), size, 'A').solveRows(rows);
    const before = Cholesky.diagonal(new Float64Array(size).fill(0.3));
    const together = before.plus(keys).solveRows(rows);
    const inTurn = before.plus(keys.subarray(0, size)).plus(keys.subarray(size)).solveRows(rows);
    // Measured: 1e-15 and 2e-15.
    expect(relativeError(together, expected)).toBeLessThan(1e-12);
    expect(relativeError(inTurn, expected)).toBeLessThan(1e-12);
    expect(
      relativeError(
        before.solveRows(rows),
        rows.map((value) => value / 0.3),
      ),
    ).toBeLessThan(1e-12);
  });

  it.each([
    ['indefinite', [1, 2, 2, 1]],
    ['not finite', [1, Number.NaN, Number.NaN, 1]],
  ])('refuses a matrix that is %s, naming it', (_, values) => {
    const refused = (): Cholesky => Cholesky.factor(Float64Array.from(values), 2, 'lambda I + mu C');
    expect(refused).toThrow(MokusError);
    expect(refused).toThrow(/lambda I \+ mu C \[2, 2\] is not positive definite/);
  });
});
