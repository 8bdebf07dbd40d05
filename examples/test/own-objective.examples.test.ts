/** An objective added from outside: its gradient is right, and three editors reach it. */
import { f32Tensor } from '@mokus/core';
import { modelFolder } from '@mokus/emoji-world';
import { fromPretrained } from 'mokus';
import { afterAll, expect, it } from 'vitest';
import { answersWith } from '../own-objective/edits.js';
import { marginObjective } from '../own-objective/margin-objective.js';

const pipeline = await fromPretrained(modelFolder);

afterAll(() => pipeline.dispose());

it('changes the answer with every editor', async () => {
  expect(await answersWith(pipeline, marginObjective())).toEqual({
    before: 'piano',
    ultraEdit: 'guitar',
    memit: 'guitar',
    fineTuning: 'guitar',
  });
}, 300_000);

it('has the gradient that finite differences have', async () => {
  const encoder = pipeline.components.textEncoder;
  const request = { question: 'draw', answer: 'guitar' };
  const encoded = [encoder.encodeQuestion(request.question, request.answer)];
  const prepared = await marginObjective().prepare({ encoder, requests: [request], encoded, template: 'pipeline' });
  const { vocabSize, hiddenSize } = encoder.info;
  const rows = prepared.logitsRows.length;
  // One rival leads the others by more than a step.
  const rival = 17;
  const logits = Float32Array.from({ length: rows * vocabSize }, (_, index) =>
    index % vocabSize === rival ? 2 : Math.sin(index * 1.3),
  );
  const valueAt = (data: Float32Array) =>
    prepared.evaluate({ logits: f32Tensor([rows, vocabSize], data), hidden: f32Tensor([0, hiddenSize], []) });
  const gradient = (await valueAt(logits)).logits.data;
  const step = 2 ** -10;
  const touched = [...gradient.keys()].filter((index) => gradient[index] !== 0);
  expect(touched).toHaveLength(2 * rows);
  for (const index of [...touched, 5]) {
    const moved = async (by: number) =>
      (await valueAt(logits.map((value, at) => (at === index ? value + by : value)))).loss;
    // The loss is linear there: rounding to fp32 is all that differs.
    expect(((await moved(step)) - (await moved(-step))) / (2 * step)).toBeCloseTo(gradient[index] ?? 0, 3);
  }
});
