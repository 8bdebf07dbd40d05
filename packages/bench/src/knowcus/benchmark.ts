import { MokusError } from '@mokus/core';
import { type RecordReader, readRecords } from '../data/record-reader.js';

/** Prompts ask for the concept as it was bound (reconstruction), or in other words and scenes (generation). */
export type KnowCusPart = 'reconstruction' | 'generation';

export interface KnowCusFact {
  /** Personal relationship, physical attribute, functionality, value, origin, emotion. */
  readonly aspect: string;
  /** What is bound; its answer is the concept. */
  readonly question: string;
}

/** A prompt that states one fact of its concept. */
export interface KnowCusPrompt {
  readonly part: KnowCusPart;
  /** Position of the fact among its concept's. */
  readonly fact: number;
  /** What the prompt changes: the words, the scene. */
  readonly aspect: string;
  readonly prompt: string;
  /** It states the fact in words that are not those that were bound. Default: false. */
  readonly unedited: boolean;
  /** The scene that it asks for, where the benchmark has names for scenes. */
  readonly scene?: string | undefined;
  /** What the picture shows, said plainly: what a text is compared with. Default: the prompt. */
  readonly caption: string;
}

export interface KnowCusConcept {
  readonly name: string;
  readonly anchor: string;
  readonly className: string;
  /** Names of its pictures: files, or whatever the edition's pictures go by. */
  readonly pictures: readonly string[];
  readonly facts: readonly KnowCusFact[];
  readonly prompts: readonly KnowCusPrompt[];
}

/** One picture to draw. */
export interface KnowCusJob extends KnowCusPrompt {
  readonly concept: string;
  readonly seed: number;
}

/** The paper's number of seeds. */
export const knowCusSeeds: readonly number[] = [0, 1, 2, 3, 4];

/**
 * Reads KnowCusBench (MoKus, arXiv 2603.12743) from a JSON array of concepts { name, anchor, className, pictures, facts:
 * [{ aspect, question }], prompts: [{ part, fact, aspect, prompt, unedited?, scene?, caption? }] }; other fields are left
 * alone. Throws MokusError `input` naming record and field: what is missing or of another kind, a prompt of a fact that is
 * not there, a concept of a name that an earlier one has.
 */
export function readKnowCus(json: string): KnowCusConcept[] {
  const concepts = readRecords('KnowCusBench', json).map(readConcept);
  const twice = concepts.findIndex(({ name }, at) => concepts.findIndex((each) => each.name === name) !== at);
  if (twice === -1) return concepts;
  const message = `KnowCusBench, record ${twice}: name is '${concepts[twice]?.name}', as that of an earlier concept`;
  throw new MokusError('input', message, { request: twice, field: 'name' });
}

function readConcept(record: RecordReader): KnowCusConcept {
  const facts = record
    .children('facts')
    .map((fact) => ({ aspect: fact.text('aspect'), question: fact.text('question') }));
  if (facts.length === 0) record.refuse('facts', 'are none');
  const pictures = record.texts('pictures');
  if (pictures.length === 0) record.refuse('pictures', 'are none');
  return {
    name: record.text('name'),
    anchor: record.text('anchor'),
    className: record.text('className'),
    pictures,
    facts,
    prompts: record.children('prompts').map((prompt) => readPrompt(prompt, facts.length)),
  };
}

function readPrompt(record: RecordReader, facts: number): KnowCusPrompt {
  const part = record.text('part');
  if (part !== 'reconstruction' && part !== 'generation') {
    return record.refuse('part', `is '${part.slice(0, 50)}', expected reconstruction or generation`);
  }
  const fact = record.wholeNumber('fact') ?? record.refuse('fact', 'is missing');
  if (fact >= facts) record.refuse('fact', `is ${fact}, but the concept has ${facts} facts`);
  const prompt = record.text('prompt');
  return {
    part,
    fact,
    aspect: record.text('aspect'),
    prompt,
    unedited: record.flag('unedited') ?? false,
    scene: record.optionalText('scene'),
    caption: record.optionalText('caption') ?? prompt,
  };
}

/** Every prompt with every seed, concept by concept; only those of facts below `facts`, where fewer are bound. */
export function knowCusJobs(
  concepts: readonly KnowCusConcept[],
  { seeds = knowCusSeeds, facts = Number.POSITIVE_INFINITY }: KnowCusJobOptions = {},
): KnowCusJob[] {
  return concepts.flatMap(({ name, prompts }) =>
    prompts
      .filter(({ fact }) => fact < facts)
      .flatMap((prompt) => seeds.map((seed) => ({ concept: name, ...prompt, seed }))),
  );
}

export interface KnowCusJobOptions {
  /** Default: {@link knowCusSeeds}, the paper's five. */
  readonly seeds?: readonly number[] | undefined;
  /** How many of each concept's facts, from the first. Default: all. */
  readonly facts?: number | undefined;
}
