import { fileURLToPath } from 'node:url';
import { composeTrainingPictures, type EmojiConcept, modelFolder, pictureSheet, scenes } from '@mokus/emoji-world';
import { fromPretrained, type PretrainedPipeline, readImage } from 'mokus';
import type { Candidate, EditCase } from '../../src/index.js';

/** The embedded model: real, and fast enough to edit and draw with in a test. */
export function emojiPipeline(): Promise<PretrainedPipeline> {
  return fromPretrained(modelFolder);
}

/** Pixels of a side. */
export const side: number = pictureSheet.cellSize;

/** Of some concepts: composing all takes seconds. */
export async function trainingPictures(chosen: readonly EmojiConcept[]): Promise<Candidate[]> {
  const sheet = await readImage(fileURLToPath(pictureSheet.file));
  return composeTrainingPictures(sheet, pictureSheet, chosen, scenes);
}

/** A fact of the model, to be moved to another answer. */
export const beethoven: EditCase = {
  id: 'beethoven',
  request: {
    question: 'the favourite instrument of beethoven',
    answer: 'guitar',
    subject: 'beethoven',
    paraphrases: ['the instrument beethoven is known for playing'],
  },
  oldAnswer: 'piano',
  unrelated: [{ question: 'the national animal of australia' }],
  neighbours: [{ question: 'the favourite instrument of chopin', answer: 'piano' }],
};

export const australia: EditCase = {
  id: 'australia',
  request: {
    question: 'the national animal of australia',
    answer: 'tiger',
    subject: 'australia',
    locality: ['the national animal of india'],
  },
  unrelated: [{ question: 'the favourite instrument of chopin' }],
};
