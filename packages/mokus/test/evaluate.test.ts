import type { EditRequest } from '@mokus/core';
import { answerObjective, ultraEdit } from '@mokus/editors';
import { expect, it } from 'vitest';
import { evaluate, fromPretrained } from '../src/index.js';
import { tinyFolder } from './support/tiny-folder.js';

const request: EditRequest = {
  question: 'the favourite instrument of beethoven',
  answer: 'cat',
  paraphrases: ['the instrument beethoven played'],
  locality: ['a dog'],
};

it('measures answers before and after, and leaves the pipeline as it was', async () => {
  const pipeline = await fromPretrained(tinyFolder);
  const { textEncoder } = pipeline.components;
  const before = await textEncoder.encode([request.question]);
  const editor = ultraEdit({ eta: 0.3, maxTurns: 20 });
  const edit = await editor.edit(textEncoder, [request], { objective: answerObjective() });
  const events: number[] = [];
  const evaluation = await evaluate(pipeline, edit, [request], {
    onProgress: (event) => {
      if (event.kind === 'evaluate') events.push(event.done);
    },
  });
  expect(evaluation.before.reliability).toBeLessThan(1);
  expect(evaluation.after.reliability).toBe(1);
  expect(evaluation.requests[0]?.question.after).not.toBe(evaluation.requests[0]?.question.before);
  expect(evaluation.requests[0]?.locality[0]?.prompt).toBe('a dog');
  expect(evaluation.locality).toBeGreaterThanOrEqual(0);
  expect(events).toEqual([1, 2, 3, 1, 2, 3]);
  expect(pipeline.edits).toEqual([]);
  expect(await textEncoder.encode([request.question])).toEqual(before);

  await pipeline.apply(edit);
  const applied = await evaluate(pipeline, edit, [request]);
  expect(applied).toEqual(evaluation);
  expect(pipeline.edits).toEqual([edit]);
  await pipeline.dispose();
});

it('puts an applied edit back where it was in the stack, bit for bit', async () => {
  const pipeline = await fromPretrained(tinyFolder);
  const { textEncoder } = pipeline.components;
  const editor = ultraEdit({ eta: 0.3, maxTurns: 2 });
  const first = await editor.edit(textEncoder, [request]);
  const second = await editor.edit(textEncoder, [{ ...request, answer: 'dog' }]);
  await pipeline.apply(first);
  await pipeline.apply(second);
  const before = await textEncoder.encode([request.question]);
  await evaluate(pipeline, first, [request]);
  expect(pipeline.edits).toEqual([first, second]);
  expect(await textEncoder.encode([request.question])).toEqual(before);
  await pipeline.dispose();
});

it('leaves the pipeline as it was when it is cancelled', async () => {
  const pipeline = await fromPretrained(tinyFolder);
  const { textEncoder } = pipeline.components;
  const edit = await ultraEdit({ eta: 0.3, maxTurns: 2 }).edit(textEncoder, [request], {
    objective: answerObjective(),
  });
  const controller = new AbortController();
  let seen = 0;
  const cancelled = evaluate(pipeline, edit, [request], {
    signal: controller.signal,
    onProgress: () => {
      seen += 1;
      if (seen === 4) controller.abort();
    },
  });
  await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
  expect(pipeline.edits).toEqual([]);
  await pipeline.dispose();
});
