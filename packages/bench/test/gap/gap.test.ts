import { conditioningObjective, presets, ultraEdit } from '@mokus/editors';
import { afterAll, expect, it } from 'vitest';
import {
  answerVelocities,
  type EditCase,
  modalityGap,
  naturalStates,
  stateCosines,
  velocityError,
} from '../../src/index.js';
import { beethoven, emojiPipeline } from '../support/emoji.js';

const pipeline = await emojiPipeline();
afterAll(() => pipeline.dispose());
const { textEncoder, dit, scheduler } = pipeline.components;

/** A prompt's conditioning at its last row: the same state by another way. */
async function lastRow(prompt: string): Promise<number[]> {
  const { hiddenStates } = await textEncoder.encode([prompt]);
  return [...hiddenStates.data.slice(-textEncoder.info.hiddenSize)];
}

function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, at) => sum + value * y[at]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

it('measures how far the conditioning went, by cosines of the states that the image model reads', async () => {
  const natural = await naturalStates(textEncoder, beethoven);
  const before = await stateCosines(textEncoder, beethoven, natural);
  const [question, toNew, toOld] = [
    await lastRow(beethoven.request.question),
    await lastRow('what is guitar?'),
    await lastRow('what is piano?'),
  ];
  expect(before.toBefore).toBeCloseTo(1, 6);
  expect(before.toNew).toBeCloseTo(cosine(question, toNew), 5);
  expect(before.toOld).toBeCloseTo(cosine(question, toOld), 5);
  expect(before.toOld).toBeGreaterThan(before.toNew);

  const reference = await answerVelocities(pipeline, beethoven);
  const errorBefore = await velocityError(pipeline, beethoven, reference);
  const editor = ultraEdit({ ...presets.ultraEdit['emoji-world'], mu: 0, nu: 0 });
  const edit = await editor.edit(textEncoder, [beethoven.request], { objective: conditioningObjective() });
  await pipeline.apply(edit);
  const after = await stateCosines(textEncoder, beethoven, natural);
  const errorAfter = await velocityError(pipeline, beethoven, reference);
  await pipeline.revert(edit);

  // The objective stops at 1 - cos < 0.05 on exactly these rows.
  expect(after.toNew).toBeGreaterThan(0.95);
  expect(after.toOld as number).toBeLessThan(before.toOld as number);
  expect(after.toBefore).toBeLessThan(before.toBefore);
  expect(errorAfter).toBeLessThan(errorBefore);
  expect(await stateCosines(textEncoder, { ...beethoven, oldAnswer: undefined }, natural)).toEqual(before);
});

it('velocity errors are those of the formula, and vanish where the answer is named plainly', async () => {
  const options = { sigmas: [0.4, 0.8], seed: 3 };
  const reference = await answerVelocities(pipeline, beethoven, options);
  const plain: EditCase = { ...beethoven, request: { ...beethoven.request, question: 'what is guitar?' } };
  expect(await velocityError(pipeline, plain, reference)).toBe(0);

  // One point at a time, each from the picture that the pipeline draws.
  const { latents: z } = await pipeline.generate({ prompt: 'what is guitar?', seed: 3 });
  const [natural, own] = [
    await textEncoder.encode(['what is guitar?']),
    await textEncoder.encode([beethoven.request.question]),
  ];
  let sum = 0;
  for (const [at, sigma] of options.sigmas.entries()) {
    const point = reference.latents.data.subarray(at * z.data.length, (at + 1) * z.data.length);
    // x_t = (1 - t) z + t e: the noise that this gives back is that of the seed.
    const noise = point.map((value, index) => (value - (1 - sigma) * z.data[index]!) / sigma);
    expect(scheduler.addNoise(z.data, noise, sigma)[5]).toBeCloseTo(point[5] as number, 5);
    const variance = noise.reduce((total, value) => total + value * value, 0) / noise.length;
    expect(variance).toBeGreaterThan(0.8);
    expect(variance).toBeLessThan(1.25);
    const request = { latents: { ...z, data: point }, grid: reference.grid, sigmas: [sigma] };
    const wanted = await dit.velocity({ ...request, conditioning: natural });
    const got = await dit.velocity({ ...request, conditioning: own });
    sum += got.data.reduce((total, value, index) => total + (value - wanted.data[index]!) ** 2, 0) / z.data.length;
  }
  // Relative: batches of two against single samples in f32.
  expect((await velocityError(pipeline, beethoven, reference)) / (sum / 2)).toBeCloseTo(1, 4);
});

it('is text efficacy less picture efficacy', () => {
  expect(modalityGap(0.9, 0.2)).toBeCloseTo(0.7, 12);
  expect(modalityGap(undefined, 0.2)).toBeUndefined();
  expect(modalityGap(0.9, undefined)).toBeUndefined();
});
