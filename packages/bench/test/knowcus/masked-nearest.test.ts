import { fileURLToPath } from 'node:url';
import type { RawImage } from '@mokus/core';
import { knowCus, sheetCell } from '@mokus/emoji-world';
import { readImage } from 'mokus';
import { beforeAll, expect, it } from 'vitest';
import { maskedNearest, onWhite } from '../../src/index.js';

const { cellSize: side, columns } = knowCus.sheet;
let things: { concept: string; image: RawImage }[];
beforeAll(async () => {
  const sheet = await readImage(fileURLToPath(knowCus.sheet.file));
  things = Array.from({ length: (sheet.height / side) * columns }, (_, cell) => {
    const data = sheetCell(sheet, knowCus.sheet, cell);
    return { concept: String(cell), image: { width: side, height: side, data } };
  });
});

it('finds each thing again, whatever stands behind it', () => {
  const judge = maskedNearest(things);
  for (const { concept, image } of things) {
    const data = Uint8ClampedArray.from(image.data);
    // Only what the mask hides changes.
    for (let at = 0; at < data.length; at += 4) if (data[at + 3] === 0) data.set([10, 200, 30, 255], at);
    expect(judge({ ...image, data })).toEqual({ concept, distance: 0 });
  }
});

it('weighs a pixel by its alpha', () => {
  const image = { width: 1, height: 2, data: Uint8ClampedArray.from([100, 100, 100, 255, 0, 0, 0, 51]) };
  const picture = { width: 1, height: 2, data: Uint8ClampedArray.from([103, 100, 100, 255, 0, 6, 0, 255]) };
  // (255 * 9 + 51 * 36) / (3 * 306)
  expect(maskedNearest([{ concept: 'a', image }])(picture).distance).toBeCloseTo(4131 / 918, 10);
});

it('refuses nothing to compare with, another size and a thing that cannot be seen', () => {
  const [first] = things;
  const small = { width: 1, height: 1, data: new Uint8ClampedArray(4) };
  expect(() => maskedNearest([])).toThrow(/no candidates/);
  expect(() => maskedNearest([first!])(small)).toThrow(/1 x 1, expected 64 x 64/);
  expect(() => maskedNearest([{ concept: 'ghost', image: small }])).toThrow(/ghost has no visible pixel/);
});

it('puts a picture over white', () => {
  const { data } = onWhite({ width: 1, height: 2, data: Uint8ClampedArray.from([0, 0, 0, 0, 100, 0, 255, 51]) });
  expect([...data]).toEqual([255, 255, 255, 255, 224, 204, 255, 255]);
});
