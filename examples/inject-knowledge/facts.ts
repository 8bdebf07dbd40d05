/** World knowledge is injected: prompts that do not say what they want to see get their answers, and draw them. */
import { injectKnowledge } from '@mokus/concepts';
import type { TextToImagePipeline } from '@mokus/core';
import { type BeforeAndAfter, beforeAndAfter } from '../before-and-after.js';

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
export function injectFacts(pipeline: TextToImagePipeline): Promise<BeforeAndAfter> {
  return beforeAndAfter(pipeline, prompts, (how) => injectKnowledge(pipeline, knowledge, how));
}
