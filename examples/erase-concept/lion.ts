/** A concept is erased: prompts that name or paraphrase it show something else, its neighbours stay. */
import { eraseConcept } from '@mokus/concepts';
import type { TextToImagePipeline } from '@mokus/core';
import { type BeforeAndAfter, beforeAndAfter } from '../before-and-after.js';

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
export function eraseLion(pipeline: TextToImagePipeline): Promise<BeforeAndAfter> {
  const lion = {
    name: 'lion',
    replacement: 'cactus',
    paraphrases: ['the national animal of kenya', 'the animal that simba is', 'the one that says roar'],
    locality: ['a picture of a tiger', 'the national animal of malaysia', 'the animal that tigger is'],
  };
  return beforeAndAfter(pipeline, prompts, (how) => eraseConcept(pipeline, lion, how));
}
