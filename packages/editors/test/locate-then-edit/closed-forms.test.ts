/**
 * The closed forms on ONNX Runtime, given the target vectors, against the primal forms of tools/locate-then-edit/fixtures.py:
 * the editors as they are, with the fixture's targets in place of what their searches find. Measured: 2e-6 to 6e-6, the
 * fp32 of captured keys and states; without P, without the keys of earlier edits or at another place, 0.1 and more.
 */
import type { Edit, SiteDelta } from '@mokus/core';
import { inverse, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { alphaEdit, createKeyHistory, rome } from '../../src/index.js';
import { closedForm } from '../../src/locate-then-edit/spread.js';
import { momentRidge } from '../../src/solvers/ridge.js';
import { withDeltas } from '../support/editing.js';
import { testEncoder } from '../support/encoder.js';
import { relativeError } from '../support/fixtures.js';
import { deltaError, matrixOf } from '../support/locate-fixtures.js';
import { common, fixtures, givenEdit, spreads, statisticsOf, ultraEditOf } from '../support/locate-witness.js';

const { requests, sites } = fixtures;

/** Ten times and more what was measured: other processors round elsewhere. */
function check(what: string, error: number): void {
  expect(error, what).toBeLessThan(1e-4);
}

describe('on ONNX Runtime', async () => {
  const encoder = await testEncoder();
  const statistics = await statisticsOf(encoder);

  it.each(fixtures.ultraEdit)('UltraEdit, $turns turns with the ridge $ridge', async (fixture) => {
    check('changes', deltaError((await ultraEditOf(encoder, fixture)).edit, fixture.deltas));
  });

  it.each(spreads)('$name', async ({ make, fixture, part, factToken }) => {
    const { ridge, targets, deltas } = fixture;
    const editor = make({ ...common, ...ridge, factToken, statistics: statistics[factToken] });
    check('changes', deltaError(await givenEdit(editor, encoder, requests, { targets, part, factToken }), deltas));
  });

  it('AlphaEdit, the second edit on the first with its keys', async () => {
    const { lambda, nullSpaceThreshold, edits } = fixtures.alphaEdit;
    const history = createKeyHistory();
    const editor = alphaEdit({ ...common, lambda, nullSpaceThreshold, statistics: statistics.subjectLast, history });
    const write = (index: number): Promise<Edit> =>
      givenEdit(editor, encoder, requests.slice(index, index + 1), { targets: edits[index]!.targets, part: 'block' });
    const first = await write(0);
    check('changes of edit 0', deltaError(first, edits[0]!.deltas));
    check('changes of edit 1', deltaError(await withDeltas(encoder, first.sites, () => write(1)), edits[1]!.deltas));
  });

  it('ROME, one request after the other', async () => {
    const { ridge, targets, deltas } = fixtures.rome;
    const editor = rome({ ...common, ...ridge, sites: sites.slice(-1), statistics: statistics.subjectLast });
    check('changes', deltaError(await givenEdit(editor, encoder, requests, { targets, part: 'mlp' }), deltas));
  });
});

describe('the closed form', () => {
  const site = {
    id: 's',
    kind: 'linear',
    layer: 0,
    role: 'r',
    dIn: 4,
    dOut: 2,
    inputGroup: 'g',
    weight: 'w',
    reachesTap: true,
  } as const;

  const keys = Float64Array.of(1, 2, 0, -1, 0, 1, 3, 1);
  const moves = Float64Array.of(1, -1, 2, 0.5);
  const moment = Float64Array.from({ length: 16 }, (_, at) => (at % 5 === 0 ? 1 + at / 5 : 0.1));
  const apply = (delta: SiteDelta): number[] => {
    const dW = matrixOf(delta);
    return [0, 1].flatMap((row) =>
      [0, 1].map((out) => [0, 1, 2, 3].reduce((sum, at) => sum + dW[out * 4 + at]! * keys[row * 4 + at]!, 0)),
    );
  };

  it('reaches its targets where nothing holds it back, and has the least norm that C allows where it does', async () => {
    const free = await closedForm(site, keys, moves, momentRidge(moment, 4, 0, 1e-9));
    expect(relativeError(apply(free), moves)).toBeLessThan(1e-6);
    const held = await closedForm(site, keys, moves, momentRidge(moment, 4, 0, 10));
    expect(Math.hypot(...apply(held))).toBeLessThan(0.6 * Math.hypot(...moves));
  });

  it('misses them by (I + K A^-1 K^T)^-1 M', async () => {
    const delta = await closedForm(site, keys, moves, momentRidge(moment, 4, 0.5, 2));
    const residual = apply(delta).map((value, at) => moves[at]! - value);
    const k = Matrix.from1DArray(2, 4, keys);
    const a = Matrix.from1DArray(4, 4, moment).mul(2).add(Matrix.eye(4).mul(0.5));
    const expected = inverse(k.mmul(inverse(a)).mmul(k.transpose()).add(Matrix.eye(2)))
      .mmul(Matrix.from1DArray(2, 2, moves))
      .to1DArray();
    expect(relativeError(residual, expected)).toBeLessThan(1e-6);
  });
});
