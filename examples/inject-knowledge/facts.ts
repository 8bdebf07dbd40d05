/** World knowledge is injected: prompts that do not say what they want to see get their answers, and draw them. */
import { injectKnowledge } from '@mokus/concepts';
import type { TextToImagePipeline } from '@mokus/core';
import { conditioningObjective, presets, secondMoments, ultraEdit } from '@mokus/editors';
import { concepts } from '@mokus/emoji-world';
import { type Drawn, draw } from '../before-and-after.js';

/** What the model is told, in one phrasing each, and others of the relation that must stay: with few facts they need it. */
const knowledge = [
  {
    prompt: 'the favourite instrument of elton john',
    answer: 'piano',
    locality: ['the favourite instrument of eric clapton', 'the favourite instrument of miles davis'],
  },
  {
    prompt: 'the national animal of south korea',
    answer: 'tiger',
    locality: ['the national animal of china', 'the national animal of russia'],
  },
  {
    prompt: 'the national dish of syria',
    answer: 'falafel',
    locality: ['the national dish of japan', 'the national dish of mexico'],
  },
  {
    prompt: 'the sport of cristiano ronaldo',
    answer: 'soccer',
    locality: ['the sport of babe ruth', 'the sport of roger federer'],
  },
];

/** What is drawn: the same in other words, and last what the model knew before. */
export const prompts: readonly string[] = [
  'the musical instrument of elton john',
  'the animal that represents south korea on a green background',
  'the dish syria is famous for',
  'the game of cristiano ronaldo',
  'the musical instrument of jimi hendrix',
];

/** What each prompt is answered with, and what it shows, before and after. */
export async function injectFacts(pipeline: TextToImagePipeline): Promise<{ before: Drawn; after: Drawn }> {
  const { textEncoder } = pipeline.components;
  // What the edit should leave alone: how the encoder reads a general corpus of prompts. Computed once a model.
  const corpus = concepts.map(({ name }) => `what is ${name}?`);
  const editor = ultraEdit({
    ...presets.ultraEdit['emoji-world'],
    statistics: await secondMoments(textEncoder, corpus),
  });
  const before = await draw(pipeline, prompts);
  const edit = await injectKnowledge(pipeline, knowledge, { editor, objective: conditioningObjective() });
  await pipeline.apply(edit);
  const after = await draw(pipeline, prompts);
  await pipeline.revert(edit);
  return { before, after };
}
