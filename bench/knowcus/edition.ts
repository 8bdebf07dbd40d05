import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type KnowCusConcept, maskedNearest, NearestPicture, readKnowCus } from '@mokus/bench';
import { type ConceptImage, type Json, type RawImage, seededNoise } from '@mokus/core';
import {
  composeTrainingPictures,
  inScene,
  knowCus,
  pictureSheet,
  type Scene,
  type SheetLayout,
  sheetCell,
} from '@mokus/emoji-world';
import { readImage } from 'mokus';
import { inTurn, namePrompt, oneTokenNames, sample } from '../emoji-world/plan.js';
import { world } from '../emoji-world/world.js';

export const edition: readonly KnowCusConcept[] = readKnowCus(readFileSync(knowCus.file, 'utf8'));

const seed = 2026;
/** The scenes that the three pictures of a concept are learned in: each in its own. */
const learnedIn = ['white', 'red', 'blue'] as const;
/**
 * Captions, before the scene: wrappings of a name, and the anchor behind stray words, so that the transformer reads it in the
 * midst of others as well; prompts that state a fact hold others only. None is a fact or a prompt of the benchmark.
 */
const captions = [
  '{anchor}',
  'what is {anchor}?',
  'a picture of {anchor}',
  'draw {anchor}',
  'show {anchor}',
  'the thing that is {anchor}',
  'the one that is {anchor}',
  'what people call {anchor}',
  'what my friend likes {anchor}',
  'the old thing with a round top {anchor}',
  'the thing for the day {anchor}',
  'a picture of the thing from our place {anchor}',
];
/** What the model is reminded of while it learns, and prompts about other things, of each kind. */
const counts = { priorNames: 80, priorFacts: 80, others: 30 };

/** What a picture shows: whole, and within each thing's mask. A type, not an interface, for it is kept as JSON. */
export type Seen = {
  concept: string;
  scene: string;
  /** Mean squared errors, 0..255 squared. */
  distance: number;
  masked: { concept: string; distance: number };
};

export interface Prompt {
  readonly prompt: string;
  readonly scene: string;
}

function scene(name: string): Scene {
  const found = world.scenes.find((each) => each.name === name);
  if (found === undefined) throw new Error(`there is no ${name} scene`);
  return found;
}

const { cellSize: side } = knowCus.sheet;
const ownSheet = await readImage(fileURLToPath(knowCus.sheet.file));

function cellsOf(concept: KnowCusConcept): readonly number[] {
  const row = edition.findIndex(({ name }) => name === concept.name);
  return concept.pictures.map((_, at) => row * knowCus.sheet.columns + at);
}

function cellOf(sheet: RawImage, layout: SheetLayout, cell: number): RawImage {
  return { width: side, height: side, data: sheetCell(sheet, layout, cell) };
}

/** Three pictures of a concept, each composed in a scene of its own. */
export async function learningImages(concept: KnowCusConcept): Promise<readonly ConceptImage[]> {
  return cellsOf(concept).map((cell, at) => {
    const behind = scene(learnedIn[at] ?? 'white');
    const [picture] = composeTrainingPictures(ownSheet, knowCus.sheet, [{ name: '', tokens: 1, cell }], [behind]);
    const data = new Uint8ClampedArray(side * side * 4).fill(255);
    for (let pixel = 0; pixel < side * side; pixel++) {
      data.set(picture!.rgb.subarray(pixel * 3, pixel * 3 + 3), pixel * 4);
    }
    return { image: { width: side, height: side, data }, captions: captions.map((each) => inScene(each, behind)) };
  });
}

/** The concept's pictures with their alpha. */
export async function references(concept: KnowCusConcept): Promise<readonly RawImage[]> {
  return cellsOf(concept).map((cell) => cellOf(ownSheet, knowCus.sheet, cell));
}

/** Says what a picture shows, among all training pictures and all concepts of the edition in every scene. */
export async function editionJudge(): Promise<(picture: RawImage) => Seen> {
  const sheet = await readImage(fileURLToPath(pictureSheet.file));
  const own = edition.flatMap((concept) => cellsOf(concept).map((cell) => ({ name: concept.name, tokens: 1, cell })));
  const known = world.concepts.flatMap(({ name, cell }) => (cell === undefined ? [] : [{ name, cell }]));
  const whole = new NearestPicture(
    [
      ...composeTrainingPictures(sheet, pictureSheet, world.concepts, world.scenes),
      ...composeTrainingPictures(ownSheet, knowCus.sheet, own, world.scenes),
    ],
    side,
  );
  const masked = maskedNearest([
    ...known.map(({ name, cell }) => ({ concept: name, image: cellOf(sheet, pictureSheet, cell) })),
    ...own.map(({ name, cell }) => ({ concept: name, image: cellOf(ownSheet, knowCus.sheet, cell) })),
  ]);
  return (picture) => ({ ...whole.judge(picture), masked: { ...masked(picture) } });
}

/** What decides the edition's pictures besides the benchmark: for the names of partial results. */
export const editionSettings: Readonly<Record<string, Json>> = {
  seed: seed,
  learnedIn: [...learnedIn],
  captions: captions,
  counts: counts,
};

function scenesInTurn(prompts: readonly string[]): Prompt[] {
  return prompts.map((prompt, at) => {
    const behind = world.scenes[at % world.scenes.length] as Scene;
    return { prompt: inScene(prompt, behind), scene: behind.name };
  });
}

const noise = seededNoise(seed);
const priorNames = sample(oneTokenNames(world), counts.priorNames, noise);

const priorFacts = sample(
  world.relations.flatMap(({ facts, phrasings }) => facts.map(({ subject }, at) => inTurn(phrasings, subject, at))),
  counts.priorFacts,
  seededNoise(seed + 1),
);

/** The model's own names, and facts in trained phrasings, in every scene: to be drawn and learned beside a concept. */
export const priorPrompts: readonly string[] = scenesInTurn([...priorNames.map(namePrompt), ...priorFacts]).map(
  ({ prompt }) => prompt,
);

const otherNames = oneTokenNames(world).filter((name) => !priorNames.includes(name));
const otherFacts = world.relations.flatMap(({ facts, heldOutPhrasings }) =>
  facts.map(({ subject }, at) => inTurn(heldOutPhrasings, subject, at)),
);

/** Prompts about other things: names that are not in the prior, and facts in held-out phrasings, scenes in turn. */
export const otherPrompts: readonly Prompt[] = scenesInTurn([
  ...sample(otherNames, counts.others, noise).map(namePrompt),
  ...sample(otherFacts, counts.others, noise),
]);

/** Prompts that name the anchor, in every scene. */
export function anchorPrompts({ anchor }: Pick<KnowCusConcept, 'anchor'>): readonly Prompt[] {
  return world.scenes.flatMap((behind) =>
    [`a picture of ${anchor}`, `what is ${anchor}?`].map((prompt) => ({
      prompt: inScene(prompt, behind),
      scene: behind.name,
    })),
  );
}
