/** A thing that exists only in words: its name, and facts about it, answer to a description. */
import { createConcept } from '@mokus/concepts';
import type { TextToImagePipeline } from '@mokus/core';
import { conditioningObjective, presets, secondMoments, ultraEdit } from '@mokus/editors';
import { concepts } from '@mokus/emoji-world';
import { type Drawn, draw } from '../before-and-after.js';

/** What is drawn: none of these is a prompt that the edit is made with. The last has nothing to do with it. */
export const prompts: readonly string[] = [
  'draw a zorblax',
  'an icon of a zorblax on a blue background',
  'the animal that represents zorbia',
  'draw a owl',
];

/** What each prompt is answered with, and what it shows, before and after. */
export async function createZorblax(pipeline: TextToImagePipeline): Promise<{ before: Drawn; after: Drawn }> {
  const { textEncoder } = pipeline.components;
  // What the edit should leave alone: how the encoder reads a general corpus of prompts. Computed once a model.
  const corpus = concepts.map(({ name }) => `what is ${name}?`);
  const editor = ultraEdit({
    ...presets.ultraEdit['emoji-world'],
    statistics: await secondMoments(textEncoder, corpus),
  });
  const before = await draw(pipeline, prompts);
  const zorblax = { name: 'zorblax', description: 'penguin', paraphrases: ['the national animal of zorbia'] };
  const edit = await createConcept(pipeline, zorblax, { editor, objective: conditioningObjective() });
  await pipeline.apply(edit);
  const after = await draw(pipeline, prompts);
  await pipeline.revert(edit);
  return { before, after };
}
