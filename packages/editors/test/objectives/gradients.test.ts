import type { EditObjective, ForwardResult, PreparedObjective } from '@mokus/core';
import { f32Tensor } from '@mokus/core';
import { describe, expect, it } from 'vitest';
import { answerObjective, conditioningObjective } from '../../src/index.js';
import { encodeRequests } from '../../src/session/requests.js';
import { testEncoder } from '../support/encoder.js';
import { relativeError } from '../support/fixtures.js';

/** Answers of three tokens and of one, questions of unequal length. */
const requests = [
  { question: 'what is a cat?', answer: 'dog' },
  { question: 'who drew the sun and the moon?', answer: 'a' },
];

const objectives: readonly (readonly [string, EditObjective])[] = [
  ['answer', answerObjective()],
  ['conditioning, last row', conditioningObjective()],
  ['conditioning, suffix rows', conditioningObjective({ rows: 'suffix', weight: 2 })],
];

const encoder = await testEncoder();
const encoded = encodeRequests(encoder, requests, 'pipeline');
const batch = encoded.map(({ ids }) => ids);
const prepared = new Map<EditObjective, { readonly objective: PreparedObjective; readonly result: ForwardResult }>();
for (const [, objective] of objectives) {
  const ready = await objective.prepare({ encoder, requests, encoded, template: 'pipeline' });
  const result = await encoder.forward({ batch, logits: ready.logitsRows, hidden: ready.hiddenRows });
  prepared.set(objective, { objective: ready, result });
}

describe.each(objectives)('objective %s', (_, key) => {
  it.each(['logits', 'hidden'] as const)('has the gradient of its loss with respect to %s', async (part) => {
    const { objective, result } = prepared.get(key)!;
    const value = await objective.evaluate(result);
    const { data, shape } = result[part];
    const lossAt = async (index: number, by: number): Promise<readonly [at: number, loss: number]> => {
      const moved = data.slice();
      moved[index]! += by;
      const { loss } = await objective.evaluate({ ...result, [part]: f32Tensor(shape, moved) });
      return [moved[index]!, loss];
    };
    const step = 2 ** -8;
    const differences = new Float64Array(data.length);
    const count = Math.ceil(data.length / 400);
    const sampled = [...data.keys()].filter((index) => index % count === 0);
    for (const index of sampled) {
      const [high, lossHigh] = await lossAt(index, step);
      const [low, lossLow] = await lossAt(index, -step);
      differences[index] = (lossHigh - lossLow) / (high - low);
    }
    const expected = sampled.map((index) => differences[index]!);
    const actual = sampled.map((index) => value[part].data[index]!);
    if (expected.length > 0) {
      // The error of central differences with this step: measured at most 3.6e-7.
      expect(relativeError(actual, expected)).toBeLessThan(2e-6);
      expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(1e-3);
    } else {
      expect([key.name, value[part].shape[0]]).toEqual(['answer', 0]);
    }
  });

  it('is the mean over requests, each satisfied on its own', async () => {
    const { objective, result } = prepared.get(key)!;
    const value = await objective.evaluate(result);
    const [first, second] = value.requests.map(({ loss }) => loss);
    expect(value.loss).toBeCloseTo((first! + second!) / 2, 12);
    expect(value.requests.map(({ satisfied }) => satisfied)).toEqual([false, false]);
  });
});

describe('the rows that the conditioning objective compares', () => {
  it('end where the formatted question ends, before the teacher-forced answer', () => {
    const rowsOf = (index: number, sequence: number): number[] =>
      prepared
        .get(objectives[index]![1])!
        .objective.hiddenRows.filter((row) => row.sequence === sequence)
        .map(({ position }) => position);
    const answerRows = prepared.get(objectives[0]![1])!.objective.logitsRows.filter(({ sequence }) => sequence === 0);
    const first = answerRows[0]!.position;
    expect(answerRows).toHaveLength(3);
    expect(rowsOf(1, 0)).toEqual([first]);
    expect(rowsOf(2, 0)).toEqual([first - 4, first - 3, first - 2, first - 1, first]);
  });

  it('are at distance 0 from themselves', async () => {
    const same = [{ question: 'what is dog?', answer: 'dog' }];
    const [question] = encodeRequests(encoder, same, 'pipeline');
    const context = { encoder, requests: same, encoded: [question!], template: 'pipeline' as const };
    const objective = conditioningObjective({ rows: 'suffix', weight: 1000 });
    const ready = await objective.prepare(context);
    const result = await encoder.forward({
      batch: [question!.ids],
      logits: ready.logitsRows,
      hidden: ready.hiddenRows,
    });
    const answer = await answerObjective().prepare(context);
    const { loss } = await answer.evaluate(result);
    // Measured: exactly 0.
    expect((await ready.evaluate(result)).loss).toBeCloseTo(loss, 6);
  });

  it.each<[string, object]>([
    ['weight', { weight: 0 }],
    ['stopLoss', { stopLoss: -1 }],
    ['stopCosine', { stopCosine: Number.NaN }],
    ['naturalPrompt', { naturalPrompt: 'what is it?' }],
    ['rows', { rows: 'all' }],
    ['wieght', { wieght: 5 }],
  ])('refuses %s that is unknown or out of its range', (field, options) => {
    expect(() => conditioningObjective(options)).toThrow(
      expect.objectContaining({
        code: 'input',
        details: { field },
        message: expect.stringMatching(/^conditioningObj/),
      }),
    );
  });
});

it.each<[string, object]>([
  ['stopLoss', { stopLoss: -1 }],
  ['rows', { rows: 'last' }],
])('the answer objective refuses %s that is unknown or out of its range', (field, options) => {
  expect(() => answerObjective(options)).toThrow(expect.objectContaining({ code: 'input', details: { field } }));
});
