/** AlphaEdit beside its formula as it is written, over dense matrices in float64. */
import type { EditRequest } from '@mokus/core';
import { Matrix, SingularValueDecomposition, solve } from 'ml-matrix';
import { expect, it } from 'vitest';
import { type AlphaEditOptions, alphaEdit, answerObjective, createKeyHistory, secondMoments } from '../../src/index.js';
import { contextKeys } from '../../src/locate-then-edit/keys.js';
import { openLocateSession, prepareSearches } from '../../src/locate-then-edit/locate-session.js';
import { resolveTargetSearch } from '../../src/locate-then-edit/options.js';
import { request } from '../support/editing.js';
import { testEncoder } from '../support/encoder.js';
import { relativeError } from '../support/fixtures.js';
import { matrixOf } from '../support/locate-fixtures.js';

const encoder = await testEncoder();
const [site] = encoder.sites.filter(({ id }) => id === 'layers.0.mlp.down_proj');
const { id, dIn, inputGroup, layer } = site!;
const requests: readonly EditRequest[] = [
  request,
  { question: 'where is the sea?', subject: 'sea', answer: 'b', locality: ['where is the moon?'] },
];
const earlier: EditRequest = { question: 'what is a house?', subject: 'house', answer: 'c' };
const corpus = ['a red ball', 'who wrote it?', 'draw the moon', 'a dog in the sea'];
const statistics = await secondMoments(encoder, corpus, { sites: [id], rows: 'all' });
const moment = statistics.moments.get(inputGroup)!;
const objective = answerObjective({ stopLoss: 0 });
const searchSettings = { sites: [id], steps: 4, learningRate: 2, clamp: 20, stopLoss: 0, contexts: ['Today. {}'] };

const C = rowsOf(moment.sum, dIn).div(moment.count);
const spectrum = new SingularValueDecomposition(C, { autoTranspose: false });
/** Between the two singular values in the middle. */
const nullSpaceThreshold = (spectrum.diagonal[dIn / 2 - 1]! + spectrum.diagonal[dIn / 2]!) / 2;

type Weights = Readonly<Record<'lambda' | 'mu' | 'nu' | 'historyWeight', number>>;

function rowsOf(values: ArrayLike<number>, width: number): Matrix {
  return Matrix.from1DArray(values.length / width, width, Array.from(values));
}

function gram(rows: Matrix): Matrix {
  return rows.transpose().mmul(rows);
}

/** The mean over each request's locality prompts of the mean over rows of k k^T, summed over requests. */
async function localityMoment(): Promise<Matrix> {
  const sum = Matrix.zeros(dIn, dIn);
  for (const { locality } of requests) {
    for (const prompt of locality!) {
      const { ids } = encoder.tokenize(prompt);
      const rows = ids.map((_, position) => ({ sequence: 0, position }));
      const captured = await encoder.capture({ batch: [ids], sites: [id], rows });
      const keys = rowsOf(captured.get(id)!.input.data, dIn);
      sum.add(gram(keys).div(ids.length * locality!.length));
    }
  }
  return sum;
}

/** (P (K K^T + w Kp Kp^T + mu C + nu N) + lambda I)^-1 P K R^T, transposed. */
async function primal(earlierKeys: Float64Array, { lambda, mu, nu, historyWeight }: Weights): Promise<Matrix> {
  const search = resolveTargetSearch('alphaEdit', searchSettings);
  const settings = { editor: 'alphaEdit', search, sites: [id] };
  const opened = await openLocateSession(encoder, requests, settings, { objective });
  const keys = (await contextKeys(opened.session, opened.located, opened.session.sites)).get(inputGroup)!;
  const shifts: number[] = [];
  // With one layer all of the way is left: the shift.
  for (const each of await prepareSearches(opened, [{ layer, part: 'block' }], search)) {
    shifts.push(...(await each.run())[0]!.shift);
  }
  const [K, R] = [rowsOf(keys, dIn), rowsOf(shifts, shifts.length / requests.length)];
  const U0 = spectrum.leftSingularVectors.subMatrix(0, dIn - 1, dIn / 2, dIn - 1);
  const P = U0.mmul(U0.transpose());
  const held = gram(K).add(gram(rowsOf(earlierKeys, dIn)).mul(historyWeight));
  held.add(Matrix.mul(C, mu)).add(Matrix.mul(await localityMoment(), nu));
  const left = P.mmul(held).add(Matrix.eye(dIn).mul(lambda));
  return solve(left, P.mmul(K.transpose()).mmul(R)).transpose();
}

it('solves (P (K K^T + w Kp Kp^T + mu C + nu N) + lambda I) X = P K R^T', async () => {
  const weights = { lambda: 0.05, mu: 40, nu: 30, historyWeight: 20 };
  const edited = async (changed: Partial<AlphaEditOptions>): Promise<readonly [Float64Array, Float64Array]> => {
    const history = createKeyHistory();
    const editor = alphaEdit({ ...searchSettings, ...weights, statistics, nullSpaceThreshold, history, ...changed });
    await editor.edit(encoder, [earlier], { objective });
    const earlierKeys = history.keys(inputGroup);
    const edit = await editor.edit(encoder, requests, { objective });
    expect(edit.provenance.options).toMatchObject({ ...weights, ...changed, nullSpaceThreshold });
    return [matrixOf(edit.sites.get(id)!), earlierKeys];
  };
  const [actual, earlierKeys] = await edited({});
  const expected = (await primal(earlierKeys, weights)).to1DArray();
  // Measured: 6.2e-8, the factors' fp32.
  expect(relativeError(actual, expected)).toBeLessThan(1e-6);
  // Each weight counts. Measured: 0.70 without mu, 1.17 without nu, 0.34 without the history's.
  for (const changed of [{ mu: 0 }, { nu: 0 }, { historyWeight: 0 }]) {
    const [other, keys] = await edited(changed);
    expect(relativeError(other, expected)).toBeGreaterThan(0.1);
    expect(relativeError(other, (await primal(keys, { ...weights, ...changed })).to1DArray())).toBeLessThan(1e-6);
  }
});
