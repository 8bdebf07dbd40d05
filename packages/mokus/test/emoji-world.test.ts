/**
 * The embedded model draws what diffusers draws: tools/emoji-world/check_diffusers.py ran QwenImagePipeline on the same
 * folder, the same prompts and the same initial latents, and kept its pictures as float32.
 */
import { readFileSync } from 'node:fs';
import { fileSource } from '@mokus/checkpoint/node';
import { f32Tensor, type HostTensor, packLatents, unpackLatents } from '@mokus/core';
import { modelFolder } from '@mokus/emoji-world';
import { openSafetensors, toFloat32Array } from '@mokus/safetensors';
import { expect, it } from 'vitest';
import { fromPretrained } from '../src/index.js';

const fixtures = new URL('../../emoji-world/test/fixtures/', import.meta.url);
const { prompts, steps } = JSON.parse(readFileSync(new URL('diffusers.json', fixtures), 'utf8')) as {
  prompts: string[];
  steps: number;
};

async function fixture(name: string): Promise<{ shape: readonly number[]; data: Float32Array }> {
  const file = await openSafetensors(await fileSource(new URL('diffusers.safetensors', fixtures).pathname));
  return { shape: file.entry(name).shape, data: toFloat32Array(await file.read(name), 'F32') };
}

it('draws 20 prompts as diffusers does', async () => {
  const latents = await fixture('latents');
  const expected = await fixture('images');
  const pipeline = await fromPretrained(modelFolder);
  const { dit, imageCodec } = pipeline.components;
  const [count = 0, , channels = 0, height = 0, width = 0] = latents.shape;
  const noise: HostTensor<'f32'> = f32Tensor([count, channels, height, width], latents.data);
  const packed = packLatents(noise, dit.info.patchSize);
  const result = await pipeline.generate({ prompt: prompts, steps, latents: packed });
  const grid = { height: height / dit.info.patchSize, width: width / dit.info.patchSize };
  const pixels = await imageCodec.decode(unpackLatents(result.latents, grid, dit.info.patchSize));
  await pipeline.dispose();

  expect(prompts).toHaveLength(20);
  expect(pixels.shape).toEqual(expected.shape);
  let largest = 0;
  for (const [at, value] of pixels.data.entries()) {
    const picture = Math.min(1, Math.max(0, (value + 1) / 2));
    largest = Math.max(largest, Math.abs(picture - (expected.data[at] as number)));
  }
  // Of the full range; 2.6e-6 was measured, and 1e-3 is what the project promises.
  expect(largest).toBeLessThan(1e-4);
});
