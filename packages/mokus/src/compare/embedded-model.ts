import { fileURLToPath } from 'node:url';
import { type ImageScorer, nearestPictureScorer } from '@mokus/bench';
import { composeTrainingPictures, concepts, inScene, pictureSheet, scenes } from '@mokus/emoji-world';
import { readImage } from '../images.js';

/**
 * Twice the 95th percentile of the distances of the embedded model's right pictures, unedited: `npm run bench:transfer`
 * measures it. Mean squared error, 0..255 squared.
 */
const distanceLimit = 2610;

/** Judges the embedded model's pictures by the training picture that each is nearest to. */
export async function trainingPictureScorer(): Promise<ImageScorer> {
  const sheet = await readImage(fileURLToPath(pictureSheet.file));
  const candidates = composeTrainingPictures(sheet, pictureSheet, concepts, scenes);
  return nearestPictureScorer({ candidates, side: pictureSheet.cellSize, distanceLimit });
}

/** A general corpus of prompts for the embedded model: names of one token in two wrappings, scenes in turn. */
export function embeddedCorpus(): string[] {
  const named = concepts.filter(({ tokens, cell }) => tokens === 1 && cell !== undefined);
  return named.flatMap(({ name }, at) => [`what is ${name}?`, inScene(`a ${name}`, scenes[at % scenes.length]!)]);
}
