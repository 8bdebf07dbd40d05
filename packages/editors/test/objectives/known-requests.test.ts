import type { EditObjective, EditRequest, ObjectiveValue } from '@mokus/core';
import { describe, expect, it } from 'vitest';
import { answerObjective, conditioningObjective, ultraEdit } from '../../src/index.js';
import { encodeRequests } from '../../src/session/requests.js';
import { request as known, withDeltas } from '../support/editing.js';
import { testEncoder } from '../support/encoder.js';

const encoder = await testEncoder();
const unknown: EditRequest = { question: 'who drew the sun and the moon?', answer: 'dog' };
const requests = [known, unknown];
const encoded = encodeRequests(encoder, requests, 'pipeline');
// The random model knows nothing: it is taught the first answer.
const lesson = await ultraEdit().edit(encoder, [known], { objective: answerObjective({ stopLoss: 0.2 }) });

/** The objective on the taught model, before any edit of both requests. */
function taught(objective: EditObjective): Promise<ObjectiveValue> {
  return withDeltas(encoder, lesson.sites, async () => {
    const ready = await objective.prepare({ encoder, requests, encoded, template: 'pipeline' });
    const batch = encoded.map(({ ids }) => ids);
    return ready.evaluate(await encoder.forward({ batch, logits: ready.logitsRows, hidden: ready.hiddenRows }));
  });
}

/** The norm of each request's rows. */
function pulls({ hidden, logits }: ObjectiveValue): { readonly state: number[]; readonly answer: number[] } {
  const norm = (values: Float32Array): number => Math.hypot(...values);
  const [states, vocabSize] = [hidden.data.length / 2, logits.shape[1]!];
  return {
    state: [norm(hidden.data.subarray(0, states)), norm(hidden.data.subarray(states))],
    answer: [norm(logits.data.subarray(0, vocabSize)), norm(logits.data.subarray(vocabSize))],
  };
}

describe('a request whose answer is known', () => {
  it('moves to the natural state unless it is to stay', async () => {
    const moves = await taught(conditioningObjective({}));
    expect(moves.requests.map(({ satisfied }) => satisfied)).toEqual([false, false]);
    expect(pulls(moves).state[0]).toBeGreaterThan(0);

    const stays = await taught(conditioningObjective({ known: 'stay' }));
    expect(stays.requests.map(({ satisfied }) => satisfied)).toEqual([true, false]);
    // It is where it is to be: what is left of its loss is its answer's.
    const answers = await taught(answerObjective());
    expect(stays.requests[0]!.loss).toBeCloseTo(answers.requests[0]!.loss, 6);
    expect(stays.requests[1]!.loss).toBe(moves.requests[1]!.loss);
  });

  it('pulls on until it is to hold, and then the others pull as before', async () => {
    const on = pulls(await taught(conditioningObjective({ known: 'stay' })));
    const held = pulls(await taught(conditioningObjective({ known: 'stay', satisfied: 'hold' })));
    expect(on.answer[0]).toBeGreaterThan(0);
    expect(held.answer[0]).toBe(0);
    expect(held.state[0]).toBe(0);
    expect([held.answer[1], held.state[1]]).toEqual([on.answer[1], on.state[1]]);
  });

  it('is not taken for known on the model that was not taught', async () => {
    const objective = conditioningObjective({ known: 'stay' });
    const ready = await objective.prepare({ encoder, requests, encoded, template: 'pipeline' });
    const batch = encoded.map(({ ids }) => ids);
    const value = await ready.evaluate(
      await encoder.forward({ batch, logits: ready.logitsRows, hidden: ready.hiddenRows }),
    );
    expect(value.requests.map(({ satisfied }) => satisfied)).toEqual([false, false]);
  });

  it('stays beside one that is edited, where an edit without it moves it', async () => {
    const drift = async (asked: readonly EditRequest[]): Promise<number> =>
      withDeltas(encoder, lesson.sites, async () => {
        const batch = [encoder.tokenize(known.question).ids];
        const hidden = [{ sequence: 0, position: batch[0]!.length - 1 }];
        const before = (await encoder.forward({ batch, hidden })).hidden.data;
        const objective = conditioningObjective({
          known: 'stay',
          satisfied: 'hold',
          stopLoss: 0.5,
          stopCosine: 0.5,
          stayCosine: 0.01,
        });
        const edit = await ultraEdit({ maxTurns: 60 }).edit(encoder, asked, { objective });
        const after = await withDeltas(
          encoder,
          edit.sites,
          async () => (await encoder.forward({ batch, hidden })).hidden.data,
        );
        const dot = before.reduce((sum, value, at) => sum + value * after[at]!, 0);
        return 1 - dot / (Math.hypot(...before) * Math.hypot(...after));
      });
    const [alone, beside] = [await drift([unknown]), await drift([unknown, known])];
    expect(beside).toBeLessThan(0.01);
    expect(beside).toBeLessThan(alone / 2);
  });
});

it.each<[string, object]>([
  ['known', { known: 'keep' }],
  ['satisfied', { satisfied: 'stop' }],
  ['stayCosine', { stayCosine: -0.1 }],
])('refuses %s that is no choice or out of its range', (field, options) => {
  expect(() => conditioningObjective(options)).toThrow(expect.objectContaining({ code: 'input', details: { field } }));
});
