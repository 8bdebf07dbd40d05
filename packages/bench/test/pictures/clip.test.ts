/**
 * The CLIP scorer with a real ONNX model, tiny and random: its pixels and cosines are transformers' (tools/clip). A
 * user's CLIP is another file of the same shape.
 */
import { readFileSync } from 'node:fs';
import { f32Tensor, type HostTensor, type RawImage } from '@mokus/core';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type ClipPixelOptions,
  type ClipRunner,
  type ClipScorerOptions,
  clipPixels,
  clipScorer,
} from '../../src/index.js';

const folder = new URL('../fixtures/clip/', import.meta.url);
const expected: {
  readonly size: number;
  readonly pictures: readonly { readonly width: number; readonly height: number; readonly rgb: readonly number[] }[];
  readonly pixels: readonly (readonly number[])[];
  readonly ids: readonly (readonly number[])[];
  readonly pictureWithText: readonly (readonly number[])[];
  readonly pictureWithPicture: number;
} = JSON.parse(readFileSync(new URL('expected.json', folder), 'utf8'));
const { size } = expected;
const pictures = expected.pictures.map(({ width, height, rgb }): RawImage => {
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let pixel = 0; pixel < width * height; pixel++) data.set(rgb.slice(pixel * 3, pixel * 3 + 3), pixel * 4);
  return { width, height, data };
});
const [first, second] = pictures as [RawImage, RawImage];

/** Texts that the fixture has token ids of. */
const words = ['guitar', 'piano', 'violin'];
let runner: ClipRunner;
beforeAll(async () => {
  const sessionOf = (name: string) => InferenceSession.create(readFileSync(new URL(name, folder)));
  const [ofPictures, ofTexts] = [await sessionOf('pictures.onnx'), await sessionOf('texts.onnx')];
  const embed = async (session: typeof ofPictures, input: Tensor): Promise<HostTensor<'f32'>> => {
    const { embeddings } = await session.run({ input });
    return f32Tensor(embeddings!.dims, embeddings!.data as Float32Array);
  };
  runner = {
    name: 'tiny random CLIP',
    embedPictures: ({ shape, data }) => embed(ofPictures, new Tensor('float32', data, shape)),
    embedTexts: (texts) => {
      const ids = texts.map((text) => expected.ids[words.findIndex((word) => text.endsWith(word))]!);
      const data = BigInt64Array.from(ids.flat(), BigInt);
      return embed(ofTexts, new Tensor('int64', data, [ids.length, ids[0]!.length]));
    },
  };
}, 60_000);

describe('clipPixels', () => {
  it('are those of transformers, for pictures made smaller and larger', () => {
    for (const [at, picture] of pictures.entries()) {
      const { shape, data } = clipPixels(picture, { size });
      expect(shape).toEqual([1, 3, size, size]);
      const differences = Array.from(data, (value, index) => Math.abs(value - expected.pixels[at]![index]!));
      // PIL's weights are fixed-point: one level of 255, 0.0146 at the smallest std, is the most that rounding makes.
      expect(Math.max(...differences)).toBeLessThan(0.0155);
      expect(differences.filter((difference) => difference > 1e-5).length).toBeLessThan(0.02 * differences.length);
    }
  });

  it('refuses a picture that is none', () => {
    const nothing = { width: 0, height: 4, data: new Uint8ClampedArray(0) };
    expect(() => clipPixels(nothing)).toThrow(expect.objectContaining({ code: 'input' }));
  });
});

describe('clipScorer', () => {
  it('judges by the cosines that transformers computes', async () => {
    const scorer = clipScorer({ runner, labels: words, size });
    for (const [at, picture] of pictures.entries()) {
      const cosines = expected.pictureWithText[at]!;
      const nearest = words[cosines.indexOf(Math.max(...cosines))]!;
      for (const [text, target] of words.entries()) {
        const verdict = await scorer.shows(picture, { target, prompt: target });
        expect(verdict).toMatchObject({ holds: target === nearest, saw: nearest });
        // What a level of rounding in a few pixels makes.
        expect(verdict.measure).toBeCloseTo(cosines[text] as number, 2);
      }
    }
  });

  it('says whether a picture stayed, by the cosine of the two', async () => {
    const cosine = expected.pictureWithPicture;
    const below = clipScorer({ runner, labels: words, size, stayedCosine: cosine - 0.05 });
    const above = clipScorer({ runner, labels: words, size, stayedCosine: cosine + 0.05 });
    expect((await below.stayed(first, second)).measure).toBeCloseTo(cosine, 2);
    expect(await below.stayed(first, second)).toMatchObject({ holds: true });
    expect(await above.stayed(first, second)).toMatchObject({ holds: false });
    expect((await above.stayed(first, first)).measure).toBeCloseTo(1, 6);
  });

  it.each([
    ['stayed', { stayed: 1 }],
    ['runner', { runner: undefined }],
    ['runner.embedTexts', { runner: { name: 'half', embedPictures: () => undefined } }],
    ['labels', { labels: 'guitar' }],
    ['labels', { labels: [5] }],
    ['sentence', { sentence: 'a picture of {labels}' }],
    ['sentence', { sentence: null }],
    ['stayedCosine', { stayedCosine: Number.NaN }],
    ['stayedCosine', { stayedCosine: 5 }],
    ['size', { size: 0 }],
    ['size', { size: 1.5 }],
    ['mean', { mean: [0.5, 0.5] }],
    ['std', { std: [0.5, 0.5, 0] }],
  ])('refuses %s of the wrong kind or out of range', (field, wrong) => {
    const options = { runner, labels: words, ...wrong } as ClipScorerOptions;
    expect(() => clipScorer(options)).toThrow(expect.objectContaining({ code: 'input', details: { field } }));
    if (!['size', 'mean', 'std'].includes(field)) return;
    expect(() => clipPixels(first, wrong as ClipPixelOptions)).toThrow(expect.objectContaining({ details: { field } }));
  });

  it('says in its options all that its verdicts depend on', () => {
    const { options } = clipScorer({ runner, labels: words, size, std: [1, 1, 1] });
    const sentence = 'a picture of {label}';
    expect(options).toEqual({ model: runner.name, labels: words, sentence, stayedCosine: 0.9, size, std: [1, 1, 1] });
  });

  it('needs something to tell a target from, and embeddings that fit', async () => {
    expect(() => clipScorer({ runner, labels: [] })).toThrow(expect.objectContaining({ code: 'input' }));
    const wrong = { ...runner, embedPictures: async () => f32Tensor([2, 3], new Float32Array(6)) };
    const scorer = clipScorer({ runner: wrong, labels: words, size });
    await expect(scorer.stayed(first, second)).rejects.toMatchObject({ code: 'backend' });
    expect(clipScorer({ runner, labels: words }).options).toMatchObject({ model: 'tiny random CLIP', size: 224 });
  });
});
