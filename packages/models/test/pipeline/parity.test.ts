import type { DenoisingStep, RawImage, TextToImagePipeline } from '@mokus/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backends } from '../support/backends.js';
import { expectedTensors, relativeError } from '../support/fixtures.js';
import { tinyPipeline } from '../support/pipeline.js';

const given = await expectedTensors('pipeline');
const written = await expectedTensors('text-pipeline');
const [height, width] = [24, 40];

/** Largest difference of 8-bit channels from diffusers' pixels in [0, 1], f32 [batch, 3, H, W], in units of 1/255. */
function worstChannel(images: readonly RawImage[], expected: Float32Array): number {
  const plane = height * width;
  let worst = 0;
  images.forEach((image, index) => {
    for (let pixel = 0; pixel < plane; pixel++) {
      for (let channel = 0; channel < 3; channel++) {
        const value = (expected[(index * 3 + channel) * plane + pixel] as number) * 255;
        worst = Math.max(worst, Math.abs((image.data[pixel * 4 + channel] as number) - value));
      }
    }
  });
  return worst;
}

describe.each(backends)('on %s the pipeline draws what diffusers draws', (_name, backend) => {
  let pipeline: TextToImagePipeline;
  beforeAll(async () => {
    pipeline = await tinyPipeline(backend);
  }, 60_000);
  afterAll(() => pipeline.dispose());

  it('from given states: two lengths, CFG 4, terminal stretch, an odd grid, latents after every step', async () => {
    const steps: DenoisingStep[] = [];
    const { images, latents } = await pipeline.generate({
      prompt: { hiddenStates: given.f32('states'), mask: given.bool('mask') },
      negativePrompt: { hiddenStates: given.f32('negative'), mask: undefined },
      ...{ steps: 5, guidance: 4, height, width, latents: given.f32('latents') },
      onStepEnd: (step) => {
        steps.push(step);
      },
    });
    const expected = given.f32('steps');
    const size = latents.data.length;
    expect(steps.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5]);
    for (const { step, latents: after } of steps) {
      const reference = expected.data.subarray((step - 1) * size, step * size);
      // 2.1e-6 measured on the reference backend.
      expect(relativeError(after.data, reference)).toBeLessThan(1e-4);
    }
    expect(steps.at(-1)?.latents).toEqual(latents);
    expect(images).toHaveLength(2);
    // Half a unit is rounding to 8 bits.
    expect(worstChannel(images, given.f32('image').data)).toBeLessThan(0.51);
  });

  it('without guidance', async () => {
    const { latents } = await pipeline.generate({
      prompt: { hiddenStates: given.f32('states'), mask: given.bool('mask') },
      ...{ steps: 3, guidance: 1, height, width, latents: given.f32('latents') },
    });
    expect(relativeError(latents.data, given.f32('unguided').data)).toBeLessThan(1e-4);
  });

  it('from text: tokenizer, template, text encoder, transformer and autoencoder', async () => {
    const { images, latents } = await pipeline.generate({
      prompt: ['the capital of France on a blue background', 'a cat'],
      negativePrompt: ' ',
      ...{ steps: 4, guidance: 4, height, width, latents: written.f32('latents') },
    });
    const expected = written.f32('steps').data.subarray(-latents.data.length);
    expect(relativeError(latents.data, expected)).toBeLessThan(1e-4);
    expect(worstChannel(images, written.f32('image').data)).toBeLessThan(0.51);
  });
});
