import { MokusError } from '@mokus/core';
import { describe, expect, it } from 'vitest';
import { Cholesky } from '../../src/solvers/cholesky.js';
import { ConjugateGradients } from '../../src/solvers/conjugate-gradients.js';
import { momentRidge } from '../../src/solvers/ridge.js';
import { Spectrum } from '../../src/solvers/spectrum.js';
import { exactUpTo, symmetricSolver } from '../../src/solvers/symmetric-solver.js';
import { gramOf, relativeError } from '../support/fixtures.js';

const size = 60;
/** Keys whose directions differ in strength, as captured ones do. */
const keys = Array.from({ length: 80 }, (_, row) =>
  Array.from({ length: size }, (_, column) => Math.sin(1 + row * 3.1 + column ** 1.7) / (1 + column / 4)),
);
const rows = Float64Array.from({ length: 4 * size }, (_, index) => Math.cos(index * 1.7));

describe('conjugate gradients', () => {
  it.each([0.1, 1e-3])('solve as Cholesky does, with lambda %s', (lambda) => {
    const matrix = gramOf(keys);
    for (let index = 0; index < size; index++) matrix[index * size + index]! += lambda;
    const expected = Cholesky.factor(matrix, size, 'A').solveRows(rows);
    // Measured 1e-12 and 3e-12.
    expect(relativeError(new ConjugateGradients(matrix, size, 'A').solveRows(rows), expected)).toBeLessThan(1e-10);
  });

  it('give zeros for a row of zeros', () => {
    const matrix = Float64Array.of(2, 1, 1, 2);
    expect(new ConjugateGradients(matrix, 2, 'A').solveRows(Float64Array.of(0, 0, 3, 3))).toEqual(
      Float64Array.of(0, 0, 1, 1),
    );
  });

  it.each([
    ['indefinite', [1, 2, 2, 1], /a curvature is -2/],
    ['not finite', [1, Number.NaN, Number.NaN, 1], /a curvature is NaN/],
    ['singular', [1, 1, 1, 1], /a curvature is 0/],
  ])('refuse a matrix that is %s, naming it', (_, values, message) => {
    const refused = (): Float64Array =>
      new ConjugateGradients(Float64Array.from(values), 2, 'lambda I + mu C').solveRows(Float64Array.of(1, -1));
    expect(refused).toThrow(MokusError);
    expect(refused).toThrow(/lambda I \+ mu C \[2, 2\]/);
    expect(refused).toThrow(message);
  });
});

describe('a matrix', () => {
  it('is factored up to 4,096 rows', () => {
    expect(symmetricSolver(Float64Array.of(1), 1, 'A')).toBeInstanceOf(Cholesky);
    expect(exactUpTo).toBe(4096);
  });

  it('of more rows is solved with by products, and not decomposed', () => {
    const large = exactUpTo + 4;
    const moment = new Float64Array(large * large);
    for (let row = 0; row < large; row++) {
      moment[row * large + row] = 1 + (row % 7);
      if (row > 0) moment[row * large + row - 1] = moment[(row - 1) * large + row] = 0.3;
    }
    const key = Float64Array.from({ length: large }, (_, index) => Math.sin(index));
    const solution = momentRidge(moment, large, 0.5, 2).apply(key);
    const back = solution.map(
      (value, row) => (0.5 + 2 * (1 + (row % 7))) * value + 0.6 * ((solution[row - 1] ?? 0) + (solution[row + 1] ?? 0)),
    );
    expect(relativeError(back, key)).toBeLessThan(1e-11);
    expect(() => new Spectrum(moment, large)).toThrow(/would take days/);
  });
});
