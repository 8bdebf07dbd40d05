import { type DeltaSite, sha256, type TextToImagePipeline } from '@mokus/core';
import { toBytes } from '@mokus/safetensors';
import { describeModel } from './model-description.js';
import type { LearnSettings } from './options.js';
import type { TrainingPool } from './training-pool.js';

/**
 * What a run would have to share with another to come to the same end, as text: its settings but for the number of
 * steps, its sites, its captions, and hashes of its pictures and of the model.
 */
export async function describeRun(
  pipeline: TextToImagePipeline,
  { steps: _, ...settings }: LearnSettings,
  sites: readonly DeltaSite[],
  { concept, prior }: TrainingPool,
): Promise<string> {
  const hashes = (examples: readonly { readonly latents: Float32Array }[]): Promise<string[]> =>
    Promise.all(examples.map(({ latents }) => sha256(toBytes(latents))));
  return JSON.stringify({
    model: await describeModel(pipeline),
    settings,
    sites: sites.map(({ id }) => id),
    captions: concept.map(({ captions }) => captions),
    pictures: await hashes(concept),
    priorPrompts: prior.map(({ prompt }) => prompt),
    priorPictures: await hashes(prior),
  });
}
