import {
  f32Tensor,
  type HostTensor,
  type LatentGrid,
  type ObjectiveContext,
  seededNoise,
  type TextToImagePipeline,
} from '@mokus/core';
import { repeatedStates } from './repeated-states.js';

/** Where one request's velocities are compared, and what they should be. */
export interface PictureTarget {
  /** x_t at each noise level, f32 [levels, tokens, channels]. */
  readonly latents: HostTensor<'f32'>;
  readonly grid: LatentGrid;
  readonly sigmas: readonly number[];
  /** v(x_t, t, c*), of the same shape. */
  readonly velocity: HostTensor<'f32'>;
}

/** Draws the pictures that the new answers should show and takes the unedited model's velocities on the way there. */
export async function preparePictureTargets(
  pipeline: TextToImagePipeline,
  { encoder, requests, signal }: ObjectiveContext,
  options: { readonly sigmas: readonly number[]; readonly naturalPrompt: string; readonly seed: number },
): Promise<readonly PictureTarget[]> {
  const { sigmas, naturalPrompt, seed } = options;
  const { dit, imageCodec } = pipeline.components;
  const pixels = dit.info.patchSize * imageCodec.info.spatialFactor;
  const targets: PictureTarget[] = [];
  for (const { answer } of requests) {
    const prompt = naturalPrompt.replaceAll('{answer}', () => answer);
    const conditioning = await encoder.encode([prompt], { signal });
    const { images, latents: drawn } = await pipeline.generate({ prompt: conditioning, seed, signal });
    const grid = { height: (images[0]?.height ?? 0) / pixels, width: (images[0]?.width ?? 0) / pixels };
    const noise = seededNoise(seed);
    const data = sigmas.flatMap((sigma) => {
      const eps = noise.normals(drawn.data.length);
      return Array.from(drawn.data, (z, at) => (1 - sigma) * z + sigma * (eps[at] as number));
    });
    const latents = f32Tensor([sigmas.length, ...drawn.shape.slice(1)], data);
    const [, length, size] = conditioning.hiddenStates.shape as [number, number, number];
    const states = f32Tensor([length, size], conditioning.hiddenStates.data);
    const natural = repeatedStates(states, sigmas.length);
    const velocity = await dit.velocity({ latents, grid, sigmas, conditioning: natural }, { signal });
    targets.push({ latents, grid, sigmas, velocity });
  }
  return targets;
}
