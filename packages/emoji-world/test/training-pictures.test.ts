import { fileURLToPath } from 'node:url';
import { readImage } from 'mokus';
import { expect, it } from 'vitest';
import { composeTrainingPictures, concepts, pictureSheet, scenes } from '../src/index.js';

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
