import { addDeltaRows } from '@mokus/core';
import { describe, expect, it } from 'vitest';
import { LifelongState } from '../../src/normalisation/lifelong.js';
import { normalise } from '../../src/normalisation/normalise.js';
import { solveDual } from '../../src/solvers/dual.js';
import { times } from '../../src/solvers/products.js';
import { identityRidge, momentRidge, protectedRidge, type Ridge } from '../../src/solvers/ridge.js';
import { ultraEditUpdate } from '../../src/ultra-edit/update.js';
import { capturedSite, gramOf, readFixtures, relativeError, type UpdateFixtures } from '../support/fixtures.js';

const fixtures = await readFixtures<UpdateFixtures>('updates');

function ridgeOf(group: string, size: number, { lambda, mu, nu }: UpdateFixtures['cases'][number]): Promise<Ridge> {
  const corpus = fixtures.corpus[group]!;
  const keys = nu > 0 ? fixtures.protected[group]! : [];
  const base = mu > 0 ? momentRidge(gramOf(corpus), size, lambda, mu / corpus.length) : identityRidge(size, lambda);
  return protectedRidge(
    base,
    Float64Array.from(keys.flat(), (value) => value * Math.sqrt(nu / keys.length)),
  );
}

describe('an update against the primal form in numpy', () => {
  it.each(fixtures.cases)('$rows rows, $normalisation, lambda $lambda, mu $mu, nu $nu', async (each) => {
    const captured = fixtures.captures[each.rows]!.map(capturedSite);
    const normalised = normalise(captured, each.normalisation, new LifelongState());
    const ridges = new Map<string, Ridge>();
    for (const { site } of captured) {
      ridges.set(site.inputGroup, await ridgeOf(site.inputGroup, site.dIn, each));
    }
    const update = await ultraEditUpdate(captured, normalised, ridges, each.eta);

    for (const [index, { site, rows, input }] of captured.entries()) {
      const { inputSquares, gradients, divisor } = normalised[index]!;
      const targets = Float64Array.from({ length: site.dOut * rows }, (_, at) => {
        const [output, row] = [Math.floor(at / rows), at % rows];
        return (-each.eta * inputSquares[row]! * gradients[row * site.dOut + output]!) / divisor;
      });
      const solution = await solveDual(Float64Array.from(input), ridges.get(site.inputGroup)!);
      // Measured at most 1.4e-14: the dual form is exact, not an approximation of the primal one.
      const solvedKeys = times(targets, await solution.solvedKeys(), rows, site.dIn);
      expect(relativeError(solvedKeys, each.deltas[site.id]!)).toBeLessThan(1e-9);
      const left = await solution.solvedTargets(targets);
      expect(relativeError(times(left, solution.keys, rows, site.dIn), each.deltas[site.id]!)).toBeLessThan(1e-9);

      const delta = update.get(site.id)!;
      expect(delta.rank).toBe(rows);
      const product = new Float64Array(site.dOut * site.dIn);
      addDeltaRows(delta, 0, delta.dOut, product);
      // The factors are rounded to fp32: measured at most 8.4e-8.
      expect(relativeError(product, each.deltas[site.id]!)).toBeLessThan(1e-6);
    }
  });
});
