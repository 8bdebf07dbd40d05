import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type KnowCusConcept, type KnowCusPlan, NearestPicture, readKnowCus } from '@mokus/bench';
import type { ConceptImage, RawImage } from '@mokus/core';
import {
  composeTrainingPictures,
  inScene,
  knowCus,
  concepts as known,
  pictureSheet,
  scenes,
  sheetCell,
} from '@mokus/emoji-world';
import { distanceLimit } from '../compare/embedded-model.js';
import { readImage } from '../images.js';

/** A benchmark with its pictures. */
export interface KnowCusEdition {
  readonly concepts: readonly KnowCusConcept[];
  /** What a concept is learned from. */
  readonly images: (concept: KnowCusConcept) => Promise<readonly ConceptImage[]>;
  /** What its drawn pictures are compared with: alpha is the mask. */
  readonly references: (concept: KnowCusConcept) => Promise<readonly RawImage[]>;
  /** Says true of a picture that shows its concept, where the edition can tell. */
  readonly judge?: KnowCusPlan['judge'];
}

/** Of a JSON text, with picture files in a folder. Throws MokusError `input` as `readKnowCus`. */
export function fileEdition(
  json: string,
  folder: string,
  readPicture: (file: string) => Promise<RawImage>,
): KnowCusEdition {
  return {
    concepts: readKnowCus(json),
    images: ({ pictures }) =>
      Promise.all(pictures.map(async (name) => ({ image: await readPicture(join(folder, name)) }))),
    references: ({ pictures }) => Promise.all(pictures.map((name) => readImage(join(folder, name)))),
  };
}

/** The backgrounds that the pictures of a concept are learned on: each on its own. */
const learnedOn = ['white', 'red', 'blue'];

/**
 * The edition for the embedded model. A picture shows its concept when its nearest, of all training pictures and those of
 * all concepts of the edition on all backgrounds, is one of the concept's own, and near enough.
 *
 * @param captions of a picture; the words for its background follow each
 */
export async function emojiEdition(captions: readonly string[]): Promise<KnowCusEdition> {
  const { sheet: layout } = knowCus;
  const side = layout.cellSize;
  const [sheet, training] = [
    await readImage(fileURLToPath(layout.file)),
    await readImage(fileURLToPath(pictureSheet.file)),
  ];
  const concepts = readKnowCus(await readFile(knowCus.file, 'utf8'));
  const cells = concepts.flatMap(({ name, pictures }, row) =>
    pictures.map((_, at) => ({ name, tokens: 1, cell: row * layout.columns + at })),
  );
  const ownCells = ({ name }: KnowCusConcept) => cells.filter((each) => each.name === name);
  const nearest = new NearestPicture(
    [
      ...composeTrainingPictures(training, pictureSheet, known, scenes),
      ...composeTrainingPictures(sheet, layout, cells, scenes),
    ],
    side,
  );
  return {
    concepts,
    images: async (concept) =>
      ownCells(concept).flatMap((cell, at) => {
        const behind = scenes.filter(({ name }) => name === learnedOn[at % learnedOn.length]);
        return composeTrainingPictures(sheet, layout, [cell], behind).map(({ rgb }) => ({
          image: { width: side, height: side, data: opaque(rgb) },
          captions: behind.flatMap((scene) => captions.map((caption) => inScene(caption, scene))),
        }));
      }),
    references: async (concept) =>
      ownCells(concept).map(({ cell }) => ({ width: side, height: side, data: sheetCell(sheet, layout, cell) })),
    judge: {
      name: 'nearest picture',
      judge: (picture, { concept }) => {
        const verdict = nearest.judge(picture);
        return verdict.concept === concept && verdict.distance <= distanceLimit;
      },
    },
  };
}

function opaque(rgb: Uint8Array): Uint8ClampedArray<ArrayBuffer> {
  const data = new Uint8ClampedArray((rgb.length / 3) * 4).fill(255);
  for (let pixel = 0; pixel < rgb.length / 3; pixel++) data.set(rgb.subarray(pixel * 3, pixel * 3 + 3), pixel * 4);
  return data;
}
