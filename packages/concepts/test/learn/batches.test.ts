import { cpuBackend } from '@mokus/backend-cpu';
import { seededNoise, type TextToImagePipeline } from '@mokus/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyPipeline } from '../../../models/test/support/pipeline.js';
import { drawPrior, everydayThings, priorPrompts } from '../../src/index.js';
import { drawBatch } from '../../src/learn/training-batch.js';
import { type TrainingPool, trainingPool } from '../../src/learn/training-pool.js';
import { noisePicture } from '../support/learn-process.js';

let pipeline: TextToImagePipeline;
let pool: TrainingPool;
beforeAll(async () => {
  pipeline = await tinyPipeline(cpuBackend({ threads: 1 }));
  const prior = await drawPrior(pipeline, ['a cat']);
  const images = [{ image: noisePicture(16, 16, 1), captions: ['{anchor}'] }];
  pool = await trainingPool(pipeline, { anchor: 'sks', className: '', images, prior }, { priorShare: 0.5 });
});
afterAll(() => pipeline.dispose());

/** How many examples of 200 batches are trained with this caption, of the first and of the second half of a batch. */
function counted(caption: string, captionDropout: number): readonly [concept: number, prior: number] {
  const noise = seededNoise(5);
  const counts: [number, number] = [0, 0];
  const expected = pool.captions.batch([caption]).hiddenStates.data;
  for (let batch = 0; batch < 200; batch++) {
    const { conditioning } = drawBatch(pool, { batchSize: 10, priorShare: 0.5, captionDropout }, noise);
    const { shape, data } = conditioning.hiddenStates;
    const size = data.length / (shape[0] as number);
    for (let sample = 0; sample < 10; sample++) {
      const own = data.subarray(sample * size, sample * size + expected.length);
      const rest = data.subarray(sample * size + expected.length, (sample + 1) * size);
      if (own.every((value, at) => value === expected[at]) && rest.every((value) => value === 0)) {
        counts[sample < 5 ? 0 : 1]++;
      }
    }
  }
  return counts;
}

describe('a batch', () => {
  it('is half the concept and half the prior, each with its caption', () => {
    expect(counted('sks', 0)).toEqual([1000, 0]);
    expect(counted('a cat', 0)).toEqual([0, 1000]);
    expect(counted('', 0)).toEqual([0, 0]);
  });

  it('of one example is the concept as often as not, and a larger one never without it', () => {
    const noise = seededNoise(6);
    const concept = pool.captions.batch(['sks']).hiddenStates.data;
    const isConcept = (batchSize: number, priorShare: number): boolean => {
      const { conditioning } = drawBatch(pool, { batchSize, priorShare, captionDropout: 0 }, noise);
      return concept.every((value, at) => value === conditioning.hiddenStates.data[at]);
    };
    const count = Array.from({ length: 400 }, () => isConcept(1, 0.5)).filter(Boolean).length;
    // 400 draws at 0.5: four standard deviations are 40.
    expect(Math.abs(count - 200)).toBeLessThan(40);
    expect(isConcept(4, 0.95)).toBe(true);
  });

  it('drops its captions as often as asked', () => {
    // 1,000 draws at 0.3: four standard deviations are 58.
    for (const dropped of counted('', 0.3)) expect(Math.abs(dropped - 300)).toBeLessThan(58);
    const [named, other] = [counted('sks', 0.3), counted('a cat', 0.3)];
    expect(named[0] + counted('', 0.3)[0]).toBe(1000);
    expect(other[1] + counted('', 0.3)[1]).toBe(1000);
  });
});

describe('prior', () => {
  it('takes the last seed that there is: further pictures begin again at 0', async () => {
    const [, second] = await drawPrior(pipeline, ['a cat', 'a cat'], { batchSize: 1, seed: 2 ** 32 - 1 });
    const [first] = await drawPrior(pipeline, ['a cat'], { seed: 0 });
    expect(second?.latents).toEqual(first?.latents);
  });

  it.each([
    ['batchSize', { batchSize: 0 }],
    ['batchSize', { batchSize: 0.5 }],
    ['seed', { seed: -1 }],
    ['heigth', { heigth: 16 }],
  ])('refuses a wrong %s by name', async (field, options) => {
    await expect(drawPrior(pipeline, ['a cat'], options as object)).rejects.toMatchObject({
      code: 'input',
      details: { field },
    });
  });
});

describe('prior prompts', () => {
  it('put names in the captions in turn, the class first, then those of the fewest tokens', () => {
    const { textEncoder } = pipeline.components;
    const captions = ['a photo of {anchor} {class}', '{anchor}'];
    const names = ['a thing of very many words', 'cat', 'toy'];
    expect(priorPrompts(textEncoder, { captions, names, className: 'toy' })).toEqual([
      'a photo of toy',
      'cat',
      'a photo of a thing of very many words',
    ]);
    expect(priorPrompts(textEncoder, { captions: ['{anchor}'], count: 3 })).toHaveLength(3);
    expect(new Set(everydayThings).size).toBe(everydayThings.length);
  });
});
