import { fileURLToPath } from 'node:url';
import { type ImageScorer, nearestPictureScorer } from '@mokus/bench';
import { composeTrainingPictures, concepts, pictureSheet, scenes } from '@mokus/emoji-world';
import { readImage } from '../images.js';

/**
 * Twice the 95th percentile of the distances of the embedded model's right pictures, unedited: `npm run bench:transfer`
 * measures it. Mean squared error, 0..255 squared.
 */
export const distanceLimit = 2610;

/** Judges the embedded model's pictures by the training picture that each is nearest to. */
export async function trainingPictureScorer(): Promise<ImageScorer> {
  const sheet = await readImage(fileURLToPath(pictureSheet.file));
  const candidates = composeTrainingPictures(sheet, pictureSheet, concepts, scenes);
  return nearestPictureScorer({ candidates, side: pictureSheet.cellSize, distanceLimit });
}
