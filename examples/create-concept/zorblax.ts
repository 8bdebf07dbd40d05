/** A thing that exists only in words: its name, and facts about it, answer to a description. */
import { createConcept } from '@mokus/concepts';
import type { TextToImagePipeline } from '@mokus/core';
import { type BeforeAndAfter, beforeAndAfter } from '../before-and-after.js';

/** What is drawn: none of these is a prompt that the edit is made with. The last has nothing to do with it. */
export const prompts: readonly string[] = [
  'draw a zorblax',
  'an icon of a zorblax on a blue background',
  'the animal that represents zorbia',
  'draw a owl',
];

/** What each prompt is answered with, and what it shows, before and after. */
export function createZorblax(pipeline: TextToImagePipeline): Promise<BeforeAndAfter> {
  const zorblax = { name: 'zorblax', description: 'penguin', paraphrases: ['the national animal of zorbia'] };
  return beforeAndAfter(pipeline, prompts, (how) => createConcept(pipeline, zorblax, how));
}
