import { Matrix, solve } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { momentRidge } from '../../src/solvers/ridge.js';
import { Spectrum } from '../../src/solvers/spectrum.js';
import { relativeError } from '../support/fixtures.js';

describe('the ridge below a threshold', () => {
  // Eigenvalues 1 and 3 with the vectors (1, -1) and (1, 1).
  const spectrum = new Spectrum(Float64Array.of(2, 1, 1, 2), 2);
  const probe = Float64Array.of(3, 1);

  it('is lambda I + mu M within those eigenvectors, and lets nothing past elsewhere', async () => {
    // (3, 1) has the part (1, -1) in there, and lambda + mu 1 is 4.
    expect(relativeError(await spectrum.ridgeBelow(2, 1.5, 2.5).apply(probe), [0.25, -0.25])).toBeLessThan(1e-12);
    // All of the space: [[5.5, 2.5], [2.5, 5.5]]^-1 applied by Cramer's rule.
    const whole = [(3 * 5.5 - 2.5) / 24, (5.5 - 3 * 2.5) / 24];
    // Without weights on M: half of everything.
    expect(relativeError(await spectrum.ridgeBelow(4, 2, 0).apply(probe), [1.5, 0.5])).toBeLessThan(1e-12);
    expect(relativeError(await spectrum.ridgeBelow(4, 0.5, 2.5).apply(probe), whole)).toBeLessThan(1e-12);
    expect(() => spectrum.ridgeBelow(1, 1, 0)).toThrow(/nullSpaceThreshold is 1: raise it/);
  });

  it('is the hard edge of lambda I + (lambda / threshold) M, which the refusal of large sites advises', async () => {
    // Eigenvalues 1e-8 and 1e8 around a threshold of 1: what is left of the soft edge is a part of 1e8.
    const [low, high] = [1e-8, 1e8];
    const [same, cross] = [(low + high) / 2, (high - low) / 2];
    const moment = Float64Array.of(same, cross, cross, same);
    const hard = await new Spectrum(moment, 2).ridgeBelow(1, 0.25, 0).apply(probe);
    const soft = await momentRidge(moment, 2, 0.25, 0.25 / 1).apply(probe);
    expect(relativeError(soft, hard)).toBeLessThan(1e-7);
    expect(relativeError(hard, [4, -4])).toBeLessThan(1e-7);
  });

  it('takes keys in as (P (K^T K + mu M) P + lambda I)^-1 does on what P lets through', async () => {
    const size = 9;
    const root = Matrix.from1DArray(
      size,
      size,
      Array.from({ length: size * size }, (_, index) => Math.sin(1 + index ** 1.5) / (1 + (index % size))),
    );
    const moment = root.transpose().mmul(root);
    const keys = Matrix.from1DArray(
      3,
      size,
      Array.from({ length: 3 * size }, (_, index) => Math.cos(index ** 1.3)),
    );
    const probes = Float64Array.from({ length: 2 * size }, (_, index) => Math.sin(index * 1.1));
    const decomposed = new Spectrum(Float64Array.from(moment.to1DArray()), size);
    const threshold = 0.5;
    // P itself: a ridge of the identity alone.
    const P = Matrix.from1DArray(size, size, [
      ...(await decomposed.ridgeBelow(threshold, 1, 0).apply(Float64Array.from(Matrix.eye(size).to1DArray()))),
    ]);
    expect(Math.round(P.trace())).toBeGreaterThan(1);
    expect(Math.round(P.trace())).toBeLessThan(size);
    const held = keys.transpose().mmul(keys).add(Matrix.mul(moment, 3));
    const left = P.mmul(held).mmul(P).add(Matrix.eye(size).mul(0.2));
    const right = P.mmul(Matrix.from1DArray(2, size, [...probes]).transpose());
    const expected = solve(left, right).transpose().to1DArray();
    const ridge = decomposed.ridgeBelow(threshold, 0.2, 3);
    const taken = await ridge.plus(Float64Array.from(keys.to1DArray()));
    expect(relativeError(await taken.apply(probes), expected)).toBeLessThan(1e-12);
  });
});
