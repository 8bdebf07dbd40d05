import { cpuBackend } from '@mokus/backend-cpu';
import { f32Tensor, type ProgressEvent, packLatents, seededNoise, TextToImagePipeline } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { relativeError } from '../support/fixtures.js';
import { tinyComponents, tinyPipeline } from '../support/pipeline.js';

const pipeline = await tinyPipeline(cpuBackend());
const prompts = ['the capital of France on a blue background', 'a cat'];

afterAll(() => pipeline.dispose());

describe('a batch of pictures', () => {
  it('holds what each prompt and seed draws alone', async () => {
    const batch = await pipeline.generate({ prompt: prompts, seed: 40, numImagesPerPrompt: 2, height: 16, width: 24 });
    expect(batch.images).toHaveLength(4);
    expect(batch.latents.shape).toEqual([4, 6, 16]);
    const size = batch.latents.data.length / 4;
    for (let index = 0; index < 4; index++) {
      const prompt = prompts[Math.floor(index / 2)] as string;
      const alone = await pipeline.generate({ prompt, seed: 40 + index, height: 16, width: 24 });
      const member = batch.latents.data.subarray(index * size, (index + 1) * size);
      // The attention sums over padding too, in another order: 1e-7 is the rounding of the f32 outputs.
      expect(relativeError(member, alone.latents.data)).toBeLessThan(1e-6);
    }
  });

  it('with a negative prompt for all is as with one for each, and differs from none', async () => {
    const options = { prompt: prompts, guidance: 3, seed: 1 };
    const one = await pipeline.generate({ ...options, negativePrompt: 'a cat' });
    const each = await pipeline.generate({ ...options, negativePrompt: ['a cat', 'a cat'] });
    const none = await pipeline.generate(options);
    expect(one.latents.data).toEqual(each.latents.data);
    expect(relativeError(one.latents.data, none.latents.data)).toBeGreaterThan(1e-3);
  });

  it('ignores the negative prompt unless guidance is above 1', async () => {
    const options = { prompt: prompts, seed: 1 };
    const unguided = await pipeline.generate({ ...options, guidance: 1, negativePrompt: ' ' });
    expect(unguided).toEqual(await pipeline.generate(options));
  });
});

describe('initial noise', () => {
  it('of a seed is what seededNoise draws as [z, H, W], packed', async () => {
    const latents = packLatents(f32Tensor([1, 4, 4, 4], seededNoise(7).normals(64)), 2);
    const given = await pipeline.generate({ prompt: 'a cat', latents });
    expect(given).toEqual(await pipeline.generate({ prompt: 'a cat', seed: 7 }));
  });

  it('seeds wrap at 2^32 within a batch', async () => {
    const batch = await pipeline.generate({ prompt: 'a cat', seed: 2 ** 32 - 1, numImagesPerPrompt: 2 });
    const zero = await pipeline.generate({ prompt: 'a cat', seed: 0 });
    expect(batch.images[1]).toEqual(zero.images[0]);
  });
});

describe('a run reports and stops', () => {
  it('reports each step', async () => {
    const events: ProgressEvent[] = [];
    const sigmas: number[] = [];
    await pipeline.generate({
      prompt: 'a cat',
      steps: 3,
      onProgress: (event) => events.push(event),
      onStepEnd: async ({ sigma }) => {
        sigmas.push(sigma);
      },
    });
    expect(events.filter(({ kind }) => kind === 'denoise')).toEqual(
      [1, 2, 3].map((step) => ({ kind: 'denoise', step, steps: 3 })),
    );
    const [, ...plan] = pipeline.components.scheduler.plan(3, 4).sigmas;
    expect(sigmas).toEqual(plan);
  });

  it('stops where it is cancelled, and the next run is whole', async () => {
    const before = await pipeline.generate({ prompt: 'a cat', steps: 4 });
    const controller = new AbortController();
    let last = 0;
    const error = await refusalOf(() =>
      pipeline.generate({
        prompt: 'a cat',
        steps: 4,
        signal: controller.signal,
        onStepEnd: ({ step }) => {
          last = step;
          if (step === 2) controller.abort();
        },
      }),
    );
    expect(error.code).toBe('cancelled');
    expect(error.message).toContain('step 3 of 4');
    expect(last).toBe(2);
    expect((await refusalOf(() => pipeline.generate({ prompt: 'a cat', signal: controller.signal }))).code).toBe(
      'cancelled',
    );
    expect(await pipeline.generate({ prompt: 'a cat', steps: 4 })).toEqual(before);
  });
});

describe('options that do not fit', () => {
  const states = f32Tensor([1, 3, 32], new Float32Array(96));
  it.each([
    ['numInferenceSteps', { numInferenceSteps: 20 }, /its options are prompt, .*steps/],
    ['height', { height: 20 }, /height is 20; it must be a multiple of 8, such as 24/],
    ['width', { width: 0 }, /width is 0.*such as 8/],
    ['width', { width: Number.NaN }, /width is NaN.*such as 8/],
    ['steps', { steps: 0 }, /steps is a whole number from 1, got 0/],
    ['steps', { steps: 1 }, /shift_terminal 0.02/],
    ['numImagesPerPrompt', { numImagesPerPrompt: 1.5 }, /got 1.5/],
    ['guidance', { guidance: Number.NaN }, /guidance is a number/],
    ['seed', { seed: -1 }, /from 0 to 4294967295/],
    ['latents', { latents: f32Tensor([1, 3, 16], new Float32Array(48)) }, /\[1, 4, 16\], got \[1, 3, 16\]/],
    ['latents', { latents: f32Tensor([1, 4, 16], new Float32Array(64)), seed: 1 }, /not both/],
    ['prompt', { prompt: [] }, /prompt is an empty list/],
    ['prompt', { prompt: { hiddenStates: f32Tensor([1, 3, 8], new Float32Array(24)), mask: undefined } }, /32\]/],
    [
      'negativePrompt',
      { prompt: ['a', 'b', 'c'], negativePrompt: ['x', 'y'], guidance: 2 },
      /2 negative prompts for 3/,
    ],
    [
      'negativePrompt',
      { negativePrompt: { hiddenStates: f32Tensor([1, 96], states.data), mask: undefined }, guidance: 2 },
      /batch/,
    ],
  ])('%s is named', async (field, options, message) => {
    const error = await refusalOf(() => pipeline.generate({ prompt: 'a cat', ...options }));
    expect(error.code).toBe('input');
    expect(error.details.field).toBe(field);
    expect(error.message).toMatch(message);
  });
});

describe('the parts of a pipeline', () => {
  it('must be of one model', async () => {
    const components = await tinyComponents(cpuBackend());
    const { dit, imageCodec } = components;
    const otherDit = { ...dit, info: { ...dit.info, conditioningSize: 64 } };
    const otherCodec = { ...imageCodec, info: { ...imageCodec.info, latentChannels: 16 } };
    const build = (change: object) => refusalOf(() => new TextToImagePipeline({ ...components, ...change }));
    expect((await build({ dit: otherDit })).message).toMatch(/states of 64, the text encoder gives 32/);
    expect((await build({ imageCodec: otherCodec })).message).toMatch(/tokens of 16 channels, .* pack to 64/);
  });

  it('are disposed together; afterwards every call says so', async () => {
    const mine = await tinyPipeline(cpuBackend());
    await mine.dispose();
    await mine.dispose();
    for (const call of [() => mine.generate({ prompt: 'a' }), () => mine.encodePrompt('a')]) {
      expect((await refusalOf(call)).code).toBe('disposed');
    }
    expect((await refusalOf(() => mine.components.imageCodec.decode(f32Tensor([1, 4, 1, 1], [0, 0, 0, 0])))).code).toBe(
      'disposed',
    );
  });
});
