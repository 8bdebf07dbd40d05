import {
  type ByteStore,
  type ConceptImage,
  type ConceptWords,
  isText,
  MokusError,
  type RunOptions,
  requireKnown,
  requireList,
  requireNumber,
} from '@mokus/core';
import type { GradientCheckpointing } from '../segments.js';
import { requireWords } from '../words.js';
import { requireImages } from './pictures.js';
import type { PriorExample } from './prior.js';

/** What is to be learned. */
export interface ConceptToLearn extends ConceptWords {
  /** Three to five, of one size. */
  readonly images: readonly ConceptImage[];
  /** Other words for it: each caption is also trained with each of these in place of anchor and class. Default: none. */
  readonly phrases?: readonly string[] | undefined;
  /**
   * What the model should not forget: pictures from `drawPrior`, or prompts of which it draws some before it learns. Left
   * out, it draws what `priorPrompts` finds: pictures of other names in the captions of this run, which can take longer
   * than learning does. An empty list lets the model forget what it likes.
   */
  readonly prior?: readonly PriorExample[] | readonly string[] | undefined;
}

/** What is drawn in the middle of a run, to see how far it is. */
export interface LearnSamples {
  /** `{anchor}` and `{class}` are filled in; one without them shows what becomes of other things. */
  readonly prompts: readonly string[];
  /** Steps from one time to the next. */
  readonly every: number;
  /** Default: 0. */
  readonly seed?: number | undefined;
}

/** Numbers that decide what is learned: a state of another run's settings is refused. */
export interface LearnSettings {
  /** Optimiser steps. Default: 500, as diffusers' DreamBooth script for LoRA. */
  readonly steps: number;
  /** Examples of one forward and backward pass. Default: 4. */
  readonly batchSize: number;
  /** Passes summed up for one step. Default: 1. */
  readonly gradientAccumulation: number;
  /** Default: 2e-4 (the MoKus paper). */
  readonly learningRate: number;
  /** Default: 1e-4 (diffusers). */
  readonly weightDecay: number;
  /** The gradient of all factors together is scaled down to this norm. Default: 1 (diffusers). */
  readonly maxGradNorm: number;
  /** Share of examples trained with an empty caption. Default: 0. */
  readonly captionDropout: number;
  /** Share of a batch that is prior examples, where there are some. Default: 0.5. */
  readonly priorShare: number;
  /** Rank of the LoRA. Default: 4 (diffusers). */
  readonly rank: number;
  /** The LoRA acts with alpha / rank. Default: the rank. */
  readonly alpha: number;
  /** Decides the first factors, and every batch, noise level and noise. Default: 0. */
  readonly seed: number;
}

/** Each may be left out or undefined. */
type Optional<Settings> = { readonly [Name in keyof Settings]?: Settings[Name] | undefined };

export interface LearnOptions extends Optional<LearnSettings>, RunOptions {
  /** What stands for a picture without captions of its own. Default: {@link defaultCaptions}. */
  readonly captions?: readonly string[] | undefined;
  /** Ids of sites, or the names that they end with (`to_q`). Default: those of the transformer, its self-attention. */
  readonly targets?: readonly string[] | undefined;
  readonly samples?: LearnSamples | undefined;
  /** Default: false. */
  readonly gradientCheckpointing?: GradientCheckpointing | undefined;
  /**
   * Where the state is kept as `learning.safetensors`, and the prior that was drawn for this run as `prior-N.safetensors`,
   * so that a run that was ended goes on. Default: nowhere.
   */
  readonly store?: ByteStore | undefined;
  /** Steps from one kept state to the next. Default: 100. */
  readonly storeEvery?: number | undefined;
}

export const defaultCaptions: readonly string[] = ['a photo of {anchor} {class}'];

const defaults: LearnSettings = {
  steps: 500,
  batchSize: 4,
  gradientAccumulation: 1,
  learningRate: 2e-4,
  weightDecay: 1e-4,
  maxGradNorm: 1,
  captionDropout: 0,
  priorShare: 0.5,
  rank: 4,
  alpha: 4,
  seed: 0,
};

const others = {
  ...{ captions: 0, targets: 0, samples: 0, gradientCheckpointing: 0, store: 0, storeEvery: 0 },
  ...{ signal: 0, onProgress: 0 },
};

/** Throws MokusError `input` naming the member of a concept that is of another kind. */
export function requireConcept(concept: ConceptToLearn): void {
  requireWords('concept', concept);
  const { images, phrases = [], prior = [] } = concept;
  requireImages(images);
  requireList('phrases', phrases, isText, 'give a list of texts');
  const isPrior = (each: unknown): boolean => isText(each) || isText((each as PriorExample | null | undefined)?.prompt);
  requireList('prior', prior, isPrior, 'give a list of prompts, or what drawPrior returned');
}

/** Throws MokusError `input` naming the option. */
export function resolveLearnSettings(options: LearnOptions): LearnSettings {
  requireKnown('learnConcept', options, { ...defaults, ...others });
  const given = Object.fromEntries(
    Object.keys(defaults).flatMap((name) => {
      const value = options[name as keyof LearnSettings];
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const settings: LearnSettings = { ...defaults, alpha: options.rank ?? defaults.rank, ...given };
  const check = (name: keyof LearnSettings, rule: Parameters<typeof requireNumber>[3]): void =>
    requireNumber('learnConcept', name, settings[name], rule);
  for (const name of ['steps', 'batchSize', 'gradientAccumulation', 'rank'] as const) {
    check(name, { atLeast: 1, integer: true });
  }
  for (const name of ['learningRate', 'maxGradNorm', 'alpha'] as const) check(name, { above: 0 });
  check('weightDecay', { atLeast: 0 });
  check('captionDropout', { atLeast: 0, below: 1 });
  check('priorShare', { atLeast: 0, below: 1 });
  check('seed', { atLeast: 0, below: 2 ** 32, integer: true });
  if (options.storeEvery !== undefined) {
    requireNumber('learnConcept', 'storeEvery', options.storeEvery, { atLeast: 1, integer: true });
  }
  const { captions = [], targets = [] } = options;
  requireList('captions', captions, isText, 'give a list of captions');
  requireList('targets', targets, isText, 'give a list of names');
  if (options.samples !== undefined) {
    requireList('samples.prompts', options.samples.prompts, isText, 'give a list of prompts');
    requireNumber('learnConcept', 'samples.every', options.samples.every, { atLeast: 1, integer: true });
    if (options.samples.prompts.length === 0) {
      const message = 'learnConcept: samples.prompts are none; give one at least, or leave samples out';
      throw new MokusError('input', message, { field: 'samples.prompts' });
    }
  }
  return settings;
}

/** Puts a concept's words in a template. Throws MokusError `input` for a template that does not name the anchor. */
function fillCaption(template: string, { anchor, className }: ConceptWords): string {
  if (!template.includes('{anchor}')) {
    throw new MokusError('input', `the caption "${template}" does not hold {anchor}, so it would teach nothing`, {
      field: 'captions',
    });
  }
  return fillWords(template, { anchor, className });
}

/** Puts a concept's words in a template, which may name neither. */
export function fillWords(template: string, { anchor, className }: ConceptWords): string {
  return template.replaceAll('{anchor}', () => anchor).replaceAll('{class}', () => className);
}

/** The captions of a template: with the concept's words, and with each of its phrases. Throws as {@link fillCaption}. */
export function captionsOf(template: string, concept: ConceptToLearn): readonly string[] {
  const { phrases = [], className } = concept;
  const place = /\{anchor\}(?:\s*\{class\})?/g;
  const fill = (phrase: string): string => template.replace(place, () => phrase).replaceAll('{class}', () => className);
  return [fillCaption(template, concept), ...phrases.map(fill)];
}

/** The words of a prior, whether it is drawn or still to be drawn. */
export function promptsOf(prior: ConceptToLearn['prior']): readonly string[] {
  const examples: readonly (string | { readonly prompt: string })[] = prior ?? [];
  return examples.map((each) => (typeof each === 'string' ? each : each.prompt));
}
