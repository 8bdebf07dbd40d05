/** The codec of examples/own-model: found by the name in its folder, its own inverse where it can be, and strict. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { f32Tensor, pixelsToImages, type RawImage } from '@mokus/core';
import { ArchitectureRegistry, createContainer, fromPretrained } from 'mokus';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeCheckpoint } from '../own-model/checkpoint.js';
import { registerPatchCodec } from '../own-model/patch-codec.js';

const folder = mkdtempSync(join(tmpdir(), 'mokus-own-model-'));
beforeAll(() => writeCheckpoint(join(folder, 'model')));
afterAll(() => rmSync(folder, { recursive: true }));

const load = async () => {
  const container = createContainer();
  registerPatchCodec(container.get(ArchitectureRegistry));
  return fromPretrained(join(folder, 'model'), { container });
};

/** Planes of red, green and blue that rise slowly: the slowest cosines of each patch hold most of them. */
function slopes(width: number, height: number): RawImage {
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let at = 0; at < width * height; at++) {
    const [x, y] = [at % width, Math.floor(at / width)];
    data.set([40 + 2 * x, 200 - 2 * y, x + y], at * 4);
  }
  return { width, height, data };
}

it('is refused by name where it is not registered', async () => {
  await expect(fromPretrained(join(folder, 'model'))).rejects.toThrow(/PatchCodec/);
});

it('gives back flat patches exactly, and slopes to the nearest few of 255', async () => {
  const pipeline = await load();
  const { imageCodec, textEncoder } = pipeline.components;
  expect(await textEncoder.generate('the favourite instrument of beethoven')).toBe('piano');
  const flat: RawImage = { width: 16, height: 8, data: new Uint8ClampedArray(16 * 8 * 4).fill(255).fill(0, 0, 3) };
  const white = { ...flat, data: flat.data.fill(255) };
  const latents = await imageCodec.encode([white]);
  expect(latents.shape).toEqual([1, 16, 1, 2]);
  expect(pixelsToImages(await imageCodec.decode(latents))).toEqual([white]);
  const picture = slopes(64, 32);
  const [decoded] = pixelsToImages(await imageCodec.decode(await imageCodec.encode([picture])));
  const apart = picture.data.map((value, at) => Math.abs(value - (decoded?.data[at] ?? 0)));
  // Measured: 1, at the patches' edges.
  expect(Math.max(...apart)).toBeLessThanOrEqual(2);
  const { images } = await pipeline.generate({ prompt: 'cat', steps: 2, seed: 1 });
  expect(images.map(({ width, height }) => [width, height])).toEqual([[64, 64]]);
  await pipeline.dispose();
});

it('refuses sizes and shapes that do not fit', async () => {
  const pipeline = await load();
  const { imageCodec } = pipeline.components;
  await expect(imageCodec.encode([slopes(12, 8)])).rejects.toMatchObject({ code: 'input' });
  await expect(imageCodec.decode(f32Tensor([1, 3, 1, 1], [1, 2, 3]))).rejects.toMatchObject({ code: 'input' });
  await pipeline.dispose();
});
