import { fileURLToPath } from 'node:url';
import { readImage } from 'mokus';
import { expect, it } from 'vitest';
import { composeTrainingPictures, concepts, pictureSheet, scenes, sheetCell } from '../src/index.js';

const sheet = await readImage(fileURLToPath(pictureSheet.file));

it('has every concept in every scene once', () => {
  const pictures = composeTrainingPictures(sheet, pictureSheet, concepts, scenes);
  const pictured = concepts.filter(({ cell }) => cell !== undefined);
  expect(pictures.length).toBeGreaterThan(0.95 * pictured.length * scenes.length);
  expect(new Set(pictures.map(({ concept }) => concept)).size).toBeGreaterThanOrEqual(300);
});

it('keeps one of pictures that are the same', () => {
  const [first, second] = concepts;
  const twin = { name: 'twin', tokens: 1, cell: first?.cell };
  const chosen = [first, twin, second].flatMap((each) => each ?? []);
  const merged = composeTrainingPictures(sheet, pictureSheet, chosen, scenes);
  expect(merged).toHaveLength(2 * scenes.length);
  expect(merged.filter(({ concept }) => concept === 'twin')).toEqual([]);
});

it('cuts a cell out of the sheet, its alpha with it', () => {
  const cell = sheetCell(sheet, pictureSheet, 21);
  const { cellSize: side } = pictureSheet;
  // The second cell of the second row.
  const at = (side * sheet.width + side) * 4;
  expect([...cell.subarray(0, side * 4)]).toEqual([...sheet.data.subarray(at, at + side * 4)]);
  expect(cell).toHaveLength(side * side * 4);
  expect(new Set(cell.filter((_, byte) => byte % 4 === 3)).size).toBeGreaterThan(1);
});
