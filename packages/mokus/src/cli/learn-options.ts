import type { LearnHow } from '@mokus/concepts';
import { type ConceptImage, MokusError } from '@mokus/core';
import { realNumber, wholeNumber } from './options.js';
import { readPictures, textLines } from './read-files.js';

/** What a command learns, and how. */
export const learnArgs = {
  pictures: { type: 'string', description: 'Picture files or folders by commas: three to five', valueHint: 'folder' },
  size: { type: 'string', description: 'Crops pictures to a square of so many pixels. Default: as they are' },
  captions: { type: 'string', description: 'Captions with {anchor} and {class}, one a line', valueHint: 'file' },
  prior: { type: 'string', description: 'Prompts of what to keep, one a line; none: keep nothing', valueHint: 'file' },
  steps: { type: 'string', description: 'Of the optimiser' },
  batch: { type: 'string', description: 'Examples a step' },
  rank: { type: 'string', description: 'Of the LoRA' },
  rate: { type: 'string', description: 'Learning rate' },
  seed: { type: 'string', description: 'Default: 0' },
} as const;

/** The words of a concept. */
export const wordArgs = {
  anchor: { type: 'string', required: true, description: 'The rare token that stands for it', valueHint: '<v0>' },
  class: { type: 'string', default: '', description: 'The word for its kind', valueHint: 'dog' },
} as const;

export interface LearnGiven {
  readonly pictures?: string | undefined;
  readonly size?: string | undefined;
  readonly captions?: string | undefined;
  readonly prior?: string | undefined;
  readonly steps?: string | undefined;
  readonly batch?: string | undefined;
  readonly rank?: string | undefined;
  readonly rate?: string | undefined;
  readonly seed?: string | undefined;
}

/** What suits the embedded model (`npm run bench:knowcus`); another model takes the defaults of `learnConcept`. */
const embedded = {
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
export async function readLearning(given: LearnGiven, isEmbedded: boolean): Promise<Learning> {
  if (given.pictures === undefined) {
    throw new MokusError('input', 'give --pictures: files or a folder', { field: 'pictures' });
  }
  const pictures = await readPictures(given.pictures, wholeNumber('size', given.size));
  const [learn, prior] = [await learnSettings(given, isEmbedded), await readPrior(given.prior)];
  return { images: pictures.map(({ image }) => ({ image })), learn, prior };
}

/** Settings of learning; undefined ones are those of `learnConcept`. */
export async function learnSettings(given: LearnGiven, isEmbedded: boolean): Promise<LearnHow> {
  const defaults = isEmbedded ? embedded : undefined;
  return {
    captions: given.captions === undefined ? defaults?.captions : await textLines(given.captions),
    steps: wholeNumber('steps', given.steps) ?? defaults?.steps,
    batchSize: wholeNumber('batch', given.batch) ?? defaults?.batchSize,
    rank: wholeNumber('rank', given.rank) ?? defaults?.rank,
    learningRate: realNumber('rate', given.rate) ?? defaults?.learningRate,
    seed: wholeNumber('seed', given.seed),
  };
}

/** Prompts of what to keep; `none` is no prompt, and nothing said leaves the choice to `learnConcept`. */
export async function readPrior(prior: string | undefined): Promise<readonly string[] | undefined> {
  if (prior === undefined) return undefined;
  return prior === 'none' ? [] : textLines(prior);
}
