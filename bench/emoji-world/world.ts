import { fileURLToPath } from 'node:url';
import {
  type Candidate,
  type DrawSettings,
  drawPictures,
  type ImageScorer,
  NearestPicture,
  type NearestVerdict,
  nearestPictureScorer,
} from '@mokus/bench';
import type { TextToImagePipeline } from '@mokus/core';
import { composeTrainingPictures, concepts, pictureSheet, relations, scenes } from '@mokus/emoji-world';
import { readImage } from 'mokus';
import type { World } from './plan.js';

export const world: World = { relations, concepts, scenes };

/** Denoising steps of every picture here, without classifier-free guidance. */
export const steps = 16;
/** Pictures drawn in one call. */
const batchSize = 24;

async function trainingPictures(): Promise<readonly Candidate[]> {
  const sheet = await readImage(fileURLToPath(pictureSheet.file));
  return composeTrainingPictures(sheet, pictureSheet, concepts, scenes);
}

export async function nearestPicture(): Promise<NearestPicture> {
  return new NearestPicture(await trainingPictures(), pictureSheet.cellSize);
}

/** The same as a judge for `compareEditors`. */
export async function nearestScorer(distanceLimit: number): Promise<ImageScorer> {
  return nearestPictureScorer({ candidates: await trainingPictures(), side: pictureSheet.cellSize, distanceLimit });
}

/** A prompt's seed is a checksum of its text: the same prompt starts from the same noise, before and after an edit. */
export function seedOf(prompt: string): number {
  let hash = 2166136261;
  for (const byte of new TextEncoder().encode(prompt)) hash = Math.imul(hash ^ byte, 16777619) >>> 0;
  return hash;
}

/** Draws each prompt from its own noise and says which training picture the result is nearest to. */
export async function drawAndJudge(
  pipeline: TextToImagePipeline,
  judge: NearestPicture,
  prompts: readonly string[],
  recall: DrawSettings['recall'] = false,
): Promise<NearestVerdict[]> {
  const orders = prompts.map((prompt) => ({ prompt, seed: seedOf(prompt) }));
  const pictures = await drawPictures(pipeline, orders, { steps, batchSize, recall });
  return pictures.map((picture) => judge.judge(picture));
}
