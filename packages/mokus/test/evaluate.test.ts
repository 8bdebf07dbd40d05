import type { EditRequest } from '@mokus/core';
import { answerObjective, ultraEdit } from '@mokus/editors';
import { afterAll, expect, it } from 'vitest';
import { evaluate, fromPretrained } from '../src/index.js';
import { tinyFolder } from './support/tiny-folder.js';

const request: EditRequest = {
  question: 'the favourite instrument of beethoven',
  answer: 'a',
  paraphrases: ['the instrument beethoven played'],
  locality: ['a dog'],
};
const { paraphrases: _, locality: __, ...questionAlone } = request;

const pipeline = await fromPretrained(tinyFolder);
afterAll(() => pipeline.dispose());
const { textEncoder } = pipeline.components;

/** An answer of one token, until it is more probable than all others together. */
const edit = await ultraEdit({ eta: 0.3 }).edit(textEncoder, [request], {
  objective: answerObjective({ stopLoss: 0.5 }),
});

it('measures answers before and after, and leaves the pipeline as it was', async () => {
  const before = await textEncoder.encode([request.question]);
  const events: number[] = [];
  const evaluation = await evaluate(pipeline, edit, [request], {
    onProgress: (event) => {
      if (event.kind === 'evaluate') events.push(event.done);
    },
  });
  expect(evaluation.before.reliability).toBe(0);
  expect(evaluation.after.reliability).toBe(1);
  const [outcome] = evaluation.requests;
  expect(outcome?.question.after).not.toBe(outcome?.question.before);
  expect(outcome?.locality[0]?.prompt).toBe('a dog');
  expect(evaluation.locality).toBe(Number(outcome?.locality[0]?.after === outcome?.locality[0]?.before));
  expect(events).toEqual([1, 2, 3, 1, 2, 3]);
  expect(pipeline.edits).toEqual([]);
  expect(await textEncoder.encode([request.question])).toEqual(before);

  await pipeline.apply(edit);
  const applied = await evaluate(pipeline, edit, [questionAlone]);
  expect(applied.requests[0]?.question).toEqual(outcome?.question);
  expect(pipeline.edits).toEqual([edit]);
  await pipeline.revert(edit);
});

it('puts an applied edit back where it was in the stack, bit for bit', async () => {
  const second = await ultraEdit({ eta: 0.3, maxTurns: 1 }).edit(textEncoder, [{ ...request, answer: 'dog' }]);
  await pipeline.apply(edit);
  await pipeline.apply(second);
  const before = await textEncoder.encode([request.question]);
  await evaluate(pipeline, edit, [questionAlone]);
  expect(pipeline.edits).toEqual([edit, second]);
  expect(await textEncoder.encode([request.question])).toEqual(before);
  await pipeline.revert(second);
  await pipeline.revert(edit);
});

it('leaves the pipeline as it was when it is cancelled', async () => {
  const controller = new AbortController();
  let seen = 0;
  const cancelled = evaluate(pipeline, edit, [{ ...questionAlone, locality: ['a dog'] }], {
    signal: controller.signal,
    onProgress: () => {
      seen += 1;
      // With the edit applied, before its last prompt.
      if (seen === 3) controller.abort();
    },
  });
  await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
  expect(seen).toBe(3);
  expect(pipeline.edits).toEqual([]);
});
