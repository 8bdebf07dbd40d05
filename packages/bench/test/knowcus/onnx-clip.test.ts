/** A CLIP from a folder: the tiny random one of tools/clip, laid out as the hub has CLIP in ONNX. */

import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RawImage } from '@mokus/core';
import * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ClipModel, clipMeasures, type KnowCusJob } from '../../src/index.js';
import { onnxClip, onnxSegmenter } from '../../src/node.js';
import { writeClipFolder } from '../support/clip-folder.js';

const fixture = new URL('../fixtures/clip/', import.meta.url);
const expected = JSON.parse(readFileSync(new URL('expected.json', fixture), 'utf8'));
const [first, second] = expected.pictures.map(
  ({ width, height, rgb }: { width: number; height: number; rgb: number[] }) => {
    const data = new Uint8ClampedArray(width * height * 4).fill(255);
    for (let pixel = 0; pixel < width * height; pixel++) data.set(rgb.slice(pixel * 3, pixel * 3 + 3), pixel * 4);
    return { width, height, data };
  },
) as [RawImage, RawImage];

let folder: string;
let clip: ClipModel;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mokus-clip-'));
  await writeClipFolder(folder);
  clip = await onnxClip(folder, ort);
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const job = { caption: 'guitar red' } as KnowCusJob;

it("measures transformers' cosines: CLIP-T, CLIP-I and PickScore", async () => {
  const { measures } = clipMeasures({ clip, pick: { ...clip, logitScale: 100 } });
  const [withText] = expected.pictureWithText as [readonly number[]];
  // Pixels differ from PIL's by up to a level (clip.test.ts), which this random model turns into this much.
  expect(await measures.clipT?.(first, { job, pictures: [] }, {})).toBeCloseTo(withText[0]!, 2);
  expect(await measures.clipT?.(first, { job: { ...job, caption: 'piano two' }, pictures: [] }, {})).toBeCloseTo(
    withText[1]!,
    2,
  );
  // A text that is too long is cut, its end token kept.
  expect(await measures.clipT?.(first, { job: { ...job, caption: 'guitar red two' }, pictures: [] }, {})).toBeCloseTo(
    withText[0]!,
    2,
  );
  expect(await measures.pickScore?.(first, { job, pictures: [] }, {})).toBeCloseTo(100 * withText[0]!, 0);
  expect(await measures.clipI?.(first, { job, pictures: [second] }, {})).toBeCloseTo(expected.pictureWithPicture, 2);
  const both = await measures.clipI?.(first, { job, pictures: [first, second] }, {});
  expect(both).toBeCloseTo((1 + expected.pictureWithPicture) / 2, 2);
});

it('cuts the thing out for CLIP-I-Seg, and measures nothing that no model was given for', async () => {
  const halves = async ({ width, height }: RawImage) =>
    Float32Array.from({ length: width * height }, (_, pixel) => Number(pixel % width < width / 2));
  const { measures } = clipMeasures({ clip, segment: halves });
  const masked = {
    ...first,
    data: first.data.map((value, at) => (at % 4 === 3 && (at >> 2) % first.width >= first.width / 2 ? 0 : value)),
  };
  expect(await measures.clipISeg?.(first, { job, pictures: [masked] }, {})).toBeCloseTo(1, 6);
  expect(clipMeasures({ clip }).measures).toMatchObject({ clipISeg: undefined, pickScore: undefined });
  expect(clipMeasures({}).measures).toEqual({
    clipI: undefined,
    clipISeg: undefined,
    clipT: undefined,
    pickScore: undefined,
  });
});

it('refuses a folder without a model, a file that is none, and a model that gives no mask', async () => {
  const file = join(folder, 'broken.onnx');
  await writeFile(file, 'no model');
  const code = (name: string) => expect.objectContaining({ code: name });
  await expect(onnxClip(fileURLToPath(fixture), ort)).rejects.toThrow(/has no vision_model.onnx/);
  await expect(onnxSegmenter(file, ort)).rejects.toThrow(code('checkpoint'));
  const short = { job: { ...job, caption: 'guitar' }, pictures: [] };
  await expect(clipMeasures({ clip }).measures.clipT?.(first, short, {})).rejects.toMatchObject({
    code: 'backend',
    message: expect.stringMatching(/text_model.onnx does not run/),
  });
  const segment = await onnxSegmenter(join(folder, 'onnx', 'vision_model.onnx'), ort, { size: expected.size });
  const square = { width: 2, height: 2, data: new Uint8ClampedArray(16) };
  await expect(segment(square, {})).rejects.toThrow(code('backend'));
  await expect(segment(first, {})).rejects.toThrow(/takes square pictures/);
});
