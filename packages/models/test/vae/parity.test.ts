import { f32Tensor, imagesToPixels, type Json, pixelsToImages, type RawImage, referenceBackend } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { describe, expect, it } from 'vitest';
import { createQwenImageCodec } from '../../src/index.js';
import { backends } from '../support/backends.js';
import { componentWeights, expectedTensors, readModelJson, relativeError } from '../support/fixtures.js';

const expected = await expectedTensors('vae');
const json = (await readModelJson('vae/config.json')) as { readonly [key: string]: Json };
const weights = await componentWeights('vae');
const file = 'some/vae/config.json';

/** The fixture's pictures, stored [batch, H, W, 3], as opaque RGBA. */
function pictures(): RawImage[] {
  const rgb = expected.bytes('pictures');
  const [batch, , height, width] = expected.f32('pixels').shape as [number, number, number, number];
  return Array.from({ length: batch }, (_, index) => ({
    width,
    height,
    data: Uint8ClampedArray.from({ length: width * height * 4 }, (_value, at) =>
      at % 4 === 3 ? 255 : (rgb[index * width * height * 3 + Math.floor(at / 4) * 3 + (at % 4)] as number),
    ),
  }));
}

describe.each(backends)('on %s the autoencoder computes what diffusers does', (_name, backend) => {
  // 6.8e-7 and 1.2e-6 measured on the reference backend.
  it('encodes pictures to normalised latents', async () => {
    const codec = await createQwenImageCodec({ config: json, weights, backend });
    expect(codec.info).toEqual({ latentChannels: 4, spatialFactor: 4 });
    const latents = await codec.encode(pictures());
    expect(latents.shape).toEqual([2, 4, 6, 10]);
    expect(relativeError(latents.data, expected.f32('latents').data)).toBeLessThan(5e-6);
    await codec.dispose();
  });

  it('decodes normalised latents to pixels', async () => {
    const codec = await createQwenImageCodec({ config: json, weights, backend });
    const pixels = await codec.decode(expected.f32('latents'));
    expect(pixels.shape).toEqual([2, 3, 24, 40]);
    expect(relativeError(pixels.data, expected.f32('decoded').data)).toBeLessThan(5e-6);
    await codec.dispose();
  });
});

describe('pictures and latents that do not fit', () => {
  const create = () => createQwenImageCodec({ config: json, weights, backend: referenceBackend(), file });
  const blank = (width: number, height: number): RawImage => ({
    width,
    height,
    data: new Uint8ClampedArray(width * height * 4),
  });

  it('a side that is no multiple of the factor is refused with the size to resize to', async () => {
    const codec = await create();
    const error = await refusalOf(() => codec.encode([blank(22, 9)]));
    expect(error.code).toBe('input');
    expect(error.message).toMatch(/22 x 9 .* multiples of 4; resize it to 24 x 8/);
  });

  it.each([
    ['no picture', []],
    ['two sizes', [blank(8, 8), blank(8, 12)]],
    ['bytes missing', [{ ...blank(8, 8), data: new Uint8ClampedArray(9) }]],
  ])('%s is refused', async (_what, images) => {
    const codec = await create();
    expect((await refusalOf(() => codec.encode(images))).code).toBe('input');
  });

  it.each([[[1, 3, 2, 2]], [[1, 4, 2]], [[0, 4, 2, 2]]])('latents of shape %j are refused', async (shape) => {
    const codec = await create();
    const latents = f32Tensor(shape, new Float32Array(shape.reduce((product, each) => product * each, 1)));
    const error = await refusalOf(() => codec.decode(latents));
    expect(error.code).toBe('input');
    expect(error.message).toContain('[batch, 4, height, width]');
  });

  it('a cancelled or disposed codec says so', async () => {
    const codec = await create();
    const signal = AbortSignal.abort();
    expect((await refusalOf(() => codec.encode([blank(4, 4)], { signal }))).code).toBe('cancelled');
    expect((await refusalOf(() => codec.decode(expected.f32('latents'), { signal }))).code).toBe('cancelled');
    await codec.dispose();
    expect((await refusalOf(() => codec.decode(expected.f32('latents')))).code).toBe('disposed');
  });
});

describe('a vae config that is not honoured', () => {
  it.each([
    ['attn_scales', [1]],
    ['input_channels', 12],
    ['temperal_downsample', [false]],
    ['dim_mult', [1, 0, 2]],
    ['latents_mean', [0, 0, 0]],
    ['latents_std', [1, 1, 0, 1]],
    ['latents_std', [1, 1, '1', 1]],
    ['base_dim', -8],
  ])('%s = %j is refused by file and field', async (field, value) => {
    const error = await refusalOf(() =>
      createQwenImageCodec({ config: { ...json, [field]: value }, weights, backend: referenceBackend(), file }),
    );
    expect(error.code).toBe('config');
    expect(error.details).toMatchObject({ file, field });
  });
});

describe('pictures to pixels and back', () => {
  it('gives the bytes that went in', () => {
    const before = pictures();
    expect(pixelsToImages(imagesToPixels(before))).toEqual(before);
    expect(relativeError(imagesToPixels(before).data, expected.f32('pixels').data)).toBeLessThan(1e-7);
  });

  it('composes transparency on white', () => {
    const image = { width: 2, height: 1, data: Uint8ClampedArray.of(10, 20, 30, 0, 0, 255, 51, 51) };
    const [back] = pixelsToImages(imagesToPixels([image]));
    expect([...(back as RawImage).data]).toEqual([255, 255, 255, 255, 204, 255, 214, 255]);
  });

  it('clamps what is out of range', () => {
    const [image] = pixelsToImages(f32Tensor([1, 3, 1, 2], [-1.2, 0, 1.5, 0.25, 1, -0.5]));
    expect([...(image as RawImage).data]).toEqual([0, 255, 255, 255, 128, 159, 64, 255]);
  });
});
