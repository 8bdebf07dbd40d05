/**
 * What is in the box: the checkpoint's folder, the facts that its language model was taught, the scenes and concepts
 * that its image model draws, and how their pictures are composed. Plain data: any program may read the same files.
 */
import conceptsJson from '../data/concepts.json' with { type: 'json' };
import factsJson from '../data/facts.json' with { type: 'json' };
import scenesJson from '../data/scenes.json' with { type: 'json' };
import type { SheetFile } from './training-pictures.js';

/** Something that the model draws, or an anchor that it only echoes. */
export interface EmojiConcept {
  readonly name: string;
  /** How many tokens the name is; names of several are reported apart. */
  readonly tokens: number;
  /** Cell of the sheet, counted row by row; anchors have none. */
  readonly cell: number | undefined;
}

export interface Scene {
  readonly name: string;
  /** Background, 8 bits a channel. */
  readonly rgb: readonly [number, number, number];
  /** What a prompt adds to ask for it: `on a blue background`, or nothing. */
  readonly phrase: string;
}

/** Facts of one kind. In a phrasing `{}` stands for the subject. */
export interface Relation {
  readonly relation: string;
  /** False: the image model never saw a prompt of this relation; only the language model knows these facts. */
  readonly seenByImageModel: boolean;
  readonly phrasings: readonly string[];
  /** Phrasings that neither model saw. */
  readonly heldOutPhrasings: readonly string[];
  readonly facts: readonly { readonly subject: string; readonly answer: string }[];
}

/** The diffusers folder. */
export const modelFolder: URL = new URL('../model/', import.meta.url);
/** All pictures with their alpha, as one RGBA sheet of square cells. */
export const pictureSheet: SheetFile = {
  file: new URL('../data/concepts.png', import.meta.url),
  cellSize: 64,
  columns: factsJson.columns,
};
export const concepts: readonly EmojiConcept[] = conceptsJson.map(({ name, tokens, split }, at) => ({
  name,
  tokens,
  // The sheet holds the pictured concepts in this order; anchors follow them.
  cell: split === 'pictured' ? at : undefined,
}));
export const scenes: readonly Scene[] = scenesJson.map(({ name, rgb, phrase }) => ({
  name,
  rgb: rgb as [number, number, number],
  phrase,
}));
export const relations: readonly Relation[] = factsJson.relations;

/** The prompt with a scene's phrase behind it, as both models were trained. */
export function inScene(prompt: string, { phrase }: Scene): string {
  return phrase === '' ? prompt : `${prompt} ${phrase}`;
}

/** What names and prompts are made of: all that is in the box where nothing else is given. */
export interface NamedWorld {
  readonly concepts: readonly EmojiConcept[];
  readonly scenes: readonly Scene[];
}

/** Pictured concepts that prompts can name with one token, as the facts' answers are. */
export function oneTokenNames({ concepts: from }: Pick<NamedWorld, 'concepts'> = { concepts }): string[] {
  return from.filter(({ tokens, cell }) => tokens === 1 && cell !== undefined).map(({ name }) => name);
}

/**
 * A general corpus of prompts, for what an edit should leave alone: names in two wrappings, scenes in turn. No fact is in
 * it, and none of its wrappings is scored by a benchmark.
 */
export function generalCorpus(world: NamedWorld = { concepts, scenes }): string[] {
  return oneTokenNames(world).flatMap((name, at) => {
    const scene = world.scenes[at % world.scenes.length] as Scene;
    return [`what is ${name}?`, inScene(`a ${name}`, scene)];
  });
}

export * from './knowcus.js';
export * from './training-pictures.js';
