import { f32Tensor, type NoiseGenerator, type VelocityLossRequest } from '@mokus/core';
import type { ConceptExample, TrainingPool } from './training-pool.js';

/** What the transformer is trained to see in one pass: everything but the trial deltas. */
export type TrainingBatch = Omit<VelocityLossRequest, 'parameters' | 'wrt'>;

export interface BatchSettings {
  readonly batchSize: number;
  readonly priorShare: number;
  readonly captionDropout: number;
}

/**
 * Draws a batch for a rectified flow (Liu et al. 2023): z the latents of a picture, eps noise, sigma in {1/1000 ... 1},
 * x = (1 - sigma) z + sigma eps, and eps - z the velocity there. Prior examples come last.
 */
export function drawBatch(pool: TrainingPool, settings: BatchSettings, noise: NoiseGenerator): TrainingBatch {
  const { batchSize, priorShare, captionDropout } = settings;
  const ofPrior = pool.prior.length === 0 ? 0 : priorCount(batchSize, priorShare, noise);
  const picks: readonly { latents: Float32Array; caption: string }[] = [
    ...Array.from({ length: batchSize - ofPrior }, () => conceptExample(pick(pool.concept, noise), noise)),
    ...Array.from({ length: ofPrior }, () => {
      const { latents, prompt } = pick(pool.prior, noise);
      return { latents, caption: prompt };
    }),
  ].map((each) => (captionDropout > 0 && noise.uniform() < captionDropout ? { ...each, caption: '' } : each));
  const size = pool.grid.height * pool.grid.width * pool.channels;
  const latents = new Float32Array(picks.length * size);
  const target = new Float32Array(picks.length * size);
  const sigmas = picks.map(({ latents: clean }, sample) => {
    const sigma = (1000 - Math.floor(1000 * noise.uniform())) / 1000;
    const eps = noise.normals(size);
    for (let at = 0; at < size; at++) {
      const [z, e] = [clean[at]!, eps[at]!];
      latents[sample * size + at] = (1 - sigma) * z + sigma * e;
      target[sample * size + at] = e - z;
    }
    return sigma;
  });
  const shape = [picks.length, pool.grid.height * pool.grid.width, pool.channels];
  return {
    latents: f32Tensor(shape, latents),
    target: f32Tensor(shape, target),
    grid: pool.grid,
    sigmas,
    conditioning: pool.captions.batch(picks.map(({ caption }) => caption)),
  };
}

/** A batch is never without the concept; one of a single example is of either, as often as the share says. */
function priorCount(batchSize: number, priorShare: number, noise: NoiseGenerator): number {
  if (batchSize === 1) return noise.uniform() < priorShare ? 1 : 0;
  return Math.min(batchSize - 1, Math.round(batchSize * priorShare));
}

function conceptExample(
  { latents, captions }: ConceptExample,
  noise: NoiseGenerator,
): { latents: Float32Array; caption: string } {
  return { latents, caption: pick(captions, noise) };
}

function pick<Item>(items: readonly Item[], noise: NoiseGenerator): Item {
  return items[Math.floor(noise.uniform() * items.length)] as Item;
}
