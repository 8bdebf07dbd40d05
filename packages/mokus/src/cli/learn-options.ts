import { resolve } from 'node:path';
import type { LearnHow } from '@mokus/concepts';
import type { ConceptImage } from '@mokus/core';
import { isEmbedded, type ModelGiven } from './model-options.js';
import { type Given, realNumber, wholeNumber } from './options.js';
import { readPictures, textLines } from './read-files.js';

/** The words of a concept. */
export const wordArgs = {
  anchor: { type: 'string', required: true, description: 'The rare token that stands for it, such as <v0> or sks' },
  class: { type: 'string', description: 'The word for its kind, such as dog. Default: none', valueHint: 'word' },
} as const;

/** What a concept is learned from. */
export const pictureArgs = {
  pictures: {
    type: 'string',
    required: true,
    description: 'Picture files or folders by commas: three to five pictures',
    valueHint: 'files',
  },
  size: {
    type: 'string',
    description: 'Crops pictures to a square of so many pixels. Default: as they are',
    valueHint: 'n',
  },
} as const;

/** How it is learned. */
export const trainingArgs = {
  captions: {
    type: 'string',
    description:
      'Captions with {anchor} and {class}, one a line. Default: a photo of {anchor} {class}; embedded model: of {anchor} alone',
    valueHint: 'file',
  },
  prior: {
    type: 'string',
    description: 'Prompts of what not to forget, one a line, or: none. Default: everyday things',
    valueHint: 'file',
  },
  steps: { type: 'string', description: 'Steps of learning. Default: 500; embedded model: 300', valueHint: 'n' },
  batch: { type: 'string', description: 'Examples a step. Default: 4; embedded model: 16', valueHint: 'n' },
  rank: { type: 'string', description: 'Rank of the LoRA. Default: 4; embedded model: 8', valueHint: 'n' },
  rate: { type: 'string', description: 'Learning rate. Default: 2e-4; embedded model: 3e-3', valueHint: 'x' },
  seed: { type: 'string', description: 'Decides what is drawn at random while learning. Default: 0', valueHint: 'n' },
} as const;

/** Where the state of learning is until OUT is there: beside it, whether OUT is written with a slash at its end or not. */
export function learningFolder(out: string): string {
  return `${resolve(out)}.learning`;
}

/** What suits the embedded model (`npm run bench:knowcus`); another model takes the defaults of `learnConcept`. */
const embeddedLearning = {
  steps: 300,
  batchSize: 16,
  rank: 8,
  learningRate: 3e-3,
  captions: ['{anchor}', 'what is {anchor}?', 'a picture of {anchor}'],
} as const;

export interface Learning {
  readonly images: readonly ConceptImage[];
  readonly learn: LearnHow;
  /** Prompts; undefined: those that `learnConcept` finds. */
  readonly prior: readonly string[] | undefined;
}

/** Pictures, prior and settings, read and checked before a model is loaded. */
export async function readLearning(
  given: Given<typeof pictureArgs & typeof trainingArgs> & ModelGiven,
): Promise<Learning> {
  const pictures = await readPictures(given.pictures, wholeNumber('size', given.size, 1));
  return { images: pictures.map((image) => ({ image })), ...(await readTraining(given)) };
}

/** Settings of learning; undefined ones are those of `learnConcept`. */
export async function readTraining(
  given: Given<typeof trainingArgs> & ModelGiven,
): Promise<Pick<Learning, 'learn' | 'prior'>> {
  const defaults = isEmbedded(given) ? embeddedLearning : undefined;
  const learn = {
    captions: given.captions === undefined ? defaults?.captions : await textLines(given.captions),
    steps: wholeNumber('steps', given.steps) ?? defaults?.steps,
    batchSize: wholeNumber('batch', given.batch) ?? defaults?.batchSize,
    rank: wholeNumber('rank', given.rank) ?? defaults?.rank,
    learningRate: realNumber('rate', given.rate) ?? defaults?.learningRate,
    seed: wholeNumber('seed', given.seed),
  };
  if (given.prior === undefined) return { learn, prior: undefined };
  return { learn, prior: given.prior === 'none' ? [] : await textLines(given.prior) };
}

/** The words of the concept as given. */
export function wordsOf({ anchor, class: className = '' }: Given<typeof wordArgs>): {
  readonly anchor: string;
  readonly className: string;
} {
  return { anchor, className };
}
