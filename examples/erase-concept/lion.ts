/** A concept is erased: prompts that name or paraphrase it show something else, its neighbours stay. */
import { eraseConcept } from '@mokus/concepts';
import type { TextToImagePipeline } from '@mokus/core';
import { conditioningObjective, presets, secondMoments, ultraEdit } from '@mokus/editors';
import { concepts } from '@mokus/emoji-world';
import { type Drawn, draw } from '../before-and-after.js';

/** What is drawn: the edit is made with none of these. The last two are neighbours. */
export const prompts: readonly string[] = [
  'draw a lion',
  'an icon of a lion on a purple background',
  'the animal that represents kenya',
  'the kind of creature simba is',
  'draw a tiger',
  'the animal that represents india',
];

/** What each prompt is answered with, and what it shows, before and after. */
export async function eraseLion(pipeline: TextToImagePipeline): Promise<{ before: Drawn; after: Drawn }> {
  const { textEncoder } = pipeline.components;
  // What the edit should leave alone: how the encoder reads a general corpus of prompts. Computed once a model.
  const corpus = concepts.map(({ name }) => `what is ${name}?`);
  const editor = ultraEdit({
    ...presets.ultraEdit['emoji-world'],
    statistics: await secondMoments(textEncoder, corpus),
  });
  const lion = {
    name: 'lion',
    replacement: 'cactus',
    paraphrases: ['the national animal of kenya', 'the animal that simba is', 'the one that says roar'],
    locality: ['a picture of a tiger', 'the national animal of malaysia', 'the animal that tigger is'],
  };
  const before = await draw(pipeline, prompts);
  const edit = await eraseConcept(pipeline, lion, { editor, objective: conditioningObjective() });
  await pipeline.apply(edit);
  const after = await draw(pipeline, prompts);
  await pipeline.revert(edit);
  return { before, after };
}
