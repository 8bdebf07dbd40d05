import { MokusError } from '@mokus/core';
import { Matrix, solve } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { Cholesky } from '../../src/solvers/cholesky.js';
import { relativeError } from '../support/fixtures.js';

describe('Cholesky', () => {
  it('solves as ml-matrix does', () => {
    const size = 40;
    const root = Matrix.from1DArray(
      size,
      size,
      Array.from({ length: size * size }, (_, index) => Math.sin(index ** 1.5)),
    );
    const matrix = root.mmul(root.transpose()).add(Matrix.eye(size));
    const rows = Float64Array.from({ length: 3 * size }, (_, index) => Math.cos(index * 1.7));
    const expected = solve(matrix, Matrix.from1DArray(3, size, [...rows]).transpose()).transpose();
    const actual = new Cholesky(Float64Array.from(matrix.to1DArray()), size, 'A').solveRows(rows);
    expect(relativeError(actual, expected.to1DArray())).toBeLessThan(1e-12);
  });

  it.each([
    ['indefinite', [1, 2, 2, 1]],
    ['not finite', [1, Number.NaN, Number.NaN, 1]],
  ])('refuses a matrix that is %s, naming it', (_, values) => {
    const refused = (): Cholesky => new Cholesky(Float64Array.from(values), 2, 'lambda I + mu C');
    expect(refused).toThrow(MokusError);
    expect(refused).toThrow(/lambda I \+ mu C \[2, 2\] is not positive definite/);
  });
});
