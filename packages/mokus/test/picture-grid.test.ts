import { createRequire } from 'node:module';
import type { RawImage } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { expect, it } from 'vitest';
import { pictureGrid } from '../src/index.js';

const examples = createRequire(new URL('../../../examples/package.json', import.meta.url));
const font = { family: 'DejaVu Sans', file: examples.resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf') };

function filled(size: number, color: readonly number[]): RawImage {
  const data = Uint8ClampedArray.from({ length: size * size * 4 }, (_, at) => color[at % 4] ?? 255);
  return { width: size, height: size, data };
}

const cell = (color: readonly number[], label: string) => ({ image: filled(4, color), label });
const [red, blue] = [
  [255, 0, 0],
  [0, 0, 255],
];

/** Places of the pixels that fit, as columns of 128-pixel pictures and rows. */
function pixels({ width, data }: RawImage, fits: (r: number, g: number, b: number) => boolean): [number, number][] {
  const found: [number, number][] = [];
  for (let at = 0; at < data.length; at += 4) {
    const place = at / 4;
    if (fits(data[at]!, data[at + 1]!, data[at + 2]!)) found.push([place % width, Math.floor(place / width)]);
  }
  return found;
}

it('puts pictures into columns and rows, scaled, with words over and under them', async () => {
  const rows = [
    { caption: 'a < b & c', cells: [cell(red!, 'red'), cell(blue!, 'blue')] },
    { caption: '', cells: [cell(blue!, '')] },
  ];
  const grid = await pictureGrid(['before', 'after'], rows, { font });
  const side = 128;
  expect(pixels(grid, (r, g, b) => r === 255 && g === 0 && b === 0)).toHaveLength(side * side);
  const blues = pixels(grid, (r, g, b) => r === 0 && g === 0 && b === 255);
  expect(blues).toHaveLength(2 * side * side);
  const [first, last] = [blues[0]!, blues.at(-1)!];
  expect(first[0]).toBeGreaterThan(last[0]);
  expect(first[1]).toBeLessThan(last[1] - side);
  // Letters are black: two heads, a caption and two labels, in lines that no picture reaches.
  const inked = new Set(pixels(grid, (r, g, b) => r < 50 && g < 50 && b < 50).map(([, y]) => y));
  const top = first[1];
  expect([...inked].some((y) => y < top - 26)).toBe(true);
  expect([...inked].some((y) => y >= top - 26 && y < top)).toBe(true);
  expect([...inked].some((y) => y > top + side)).toBe(true);
  expect([...inked].every((y) => y < last[1] - side)).toBe(true);
});

it('refuses a row with more pictures than columns', async () => {
  const rows = [{ caption: '', cells: [cell(red!, ''), cell(blue!, '')] }];
  const { code, message } = await refusalOf(() => pictureGrid(['one'], rows, { font }));
  expect([code, message]).toEqual([
    'input',
    'pictureGrid: row 0 has 2 pictures, but there are 1 columns; name one for each',
  ]);
});
