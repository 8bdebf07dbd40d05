import { fileURLToPath } from 'node:url';
import { f32Tensor, type HostTensor, packLatents, seededNoise, type TextToImagePipeline } from '@mokus/core';
import { concepts, pictureSheet, relations, scenes } from '@mokus/emoji-world';
import { readImage } from 'mokus';
import { composeCandidates } from './candidates.js';
import { NearestPicture, type Verdict } from './judge.js';
import type { World } from './plan.js';

export const world: World = { relations, concepts, scenes };

/** Denoising steps of every picture here, without classifier-free guidance. */
export const steps = 16;
/** Pictures drawn in one call. */
const batchSize = 24;

export async function nearestPicture(): Promise<NearestPicture> {
  const sheet = await readImage(fileURLToPath(pictureSheet.file));
  return new NearestPicture(composeCandidates(sheet, concepts, scenes), pictureSheet.cellSize);
}

/** A prompt's seed is a checksum of its text: the same prompt starts from the same noise, before and after an edit. */
export function seedOf(prompt: string): number {
  let hash = 2166136261;
  for (const byte of new TextEncoder().encode(prompt)) hash = Math.imul(hash ^ byte, 16777619) >>> 0;
  return hash;
}

/** Each prompt's own noise, as packed latents. */
function noiseOf(
  { components: { dit, imageCodec } }: TextToImagePipeline,
  prompts: readonly string[],
): HostTensor<'f32'> {
  const { latentChannels, spatialFactor } = imageCodec.info;
  const side = pictureSheet.cellSize / spatialFactor;
  const size = latentChannels * side * side;
  const noise = new Float32Array(prompts.length * size);
  for (const [at, prompt] of prompts.entries()) noise.set(seededNoise(seedOf(prompt)).normals(size), at * size);
  return packLatents(f32Tensor([prompts.length, latentChannels, side, side], noise), dit.info.patchSize);
}

/** Draws each prompt from its own noise and says which training picture the result is nearest to. */
export async function drawAndJudge(
  pipeline: TextToImagePipeline,
  judge: NearestPicture,
  prompts: readonly string[],
): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for (let start = 0; start < prompts.length; start += batchSize) {
    const batch = prompts.slice(start, start + batchSize);
    const { images } = await pipeline.generate({ prompt: batch, steps, latents: noiseOf(pipeline, batch) });
    verdicts.push(...images.map((image) => judge.judge(image)));
  }
  return verdicts;
}
