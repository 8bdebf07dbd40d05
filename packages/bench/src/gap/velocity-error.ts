import {
  type Conditioning,
  f32Tensor,
  type GenerateOptions,
  type HostTensor,
  type LatentGrid,
  type RunOptions,
  repeatConditioning,
  runSettings,
  seededLatents,
  type TextToImagePipeline,
  throwIfCancelled,
} from '@mokus/core';
import type { EditCase } from '../data/edit-case.js';
import { type NaturalPromptOption, naturalPromptOf } from './state-drift.js';

export interface VelocityOptions extends RunOptions, NaturalPromptOption {
  /** Noise levels, each with noise of its own. Default: 8, evenly from 0.3 to 0.95. */
  readonly sigmas?: readonly number[] | undefined;
  /** Of the picture and of the noise. Default: 0. */
  readonly seed?: number | undefined;
  readonly picture?: Pick<GenerateOptions, 'steps' | 'height' | 'width'> | undefined;
}

/** Points on the way to the picture that the unedited model draws of the new answer, and its velocities there. */
export interface VelocityReference {
  /** Packed x_t = (1 - t) z + t e, f32 [sigmas, tokens, channels]. */
  readonly latents: HostTensor<'f32'>;
  readonly sigmas: readonly number[];
  readonly grid: LatentGrid;
  /** v(x_t, t, c*), of the latents' shape. */
  readonly velocity: HostTensor<'f32'>;
}

const defaultSigmas: readonly number[] = Array.from({ length: 8 }, (_, at) => 0.3 + (0.65 * at) / 7);

/** Reads the unedited model; call it before an edit is applied. Throws MokusError `input`, `prompt`, `cancelled`. */
export async function velocityReference(
  pipeline: TextToImagePipeline,
  { request }: EditCase,
  options: VelocityOptions = {},
): Promise<VelocityReference> {
  const { sigmas = defaultSigmas, seed = 0, picture = {}, signal } = options;
  const { dit, scheduler } = pipeline.components;
  const prompt = naturalPromptOf(request.answer, options);
  const { grid } = runSettings({ ...picture, prompt }, pipeline.defaults, pipeline.components);
  const conditioning = await pipeline.encodePrompt(prompt, { signal });
  const drawn = await pipeline.generate({ ...picture, prompt: conditioning, seed, signal });
  const seeds = sigmas.map((_, at) => (seed + 1 + at) % 2 ** 32);
  const noise = seededLatents(seeds, grid, pipeline.components);
  const size = drawn.latents.data.length;
  const points = new Float32Array(sigmas.length * size);
  for (const [at, sigma] of sigmas.entries()) {
    const own = noise.data.subarray(at * size, (at + 1) * size);
    points.set(scheduler.addNoise(drawn.latents.data, own, sigma), at * size);
  }
  const latents = f32Tensor(noise.shape, points);
  throwIfCancelled(signal, 'the velocity reference');
  const velocity = await dit.velocity(
    { latents, grid, sigmas, conditioning: repeatConditioning(conditioning, sigmas.length) },
    { signal },
  );
  return { latents, sigmas, grid, velocity };
}

/**
 * mean_t |v(x_t, t, c) - v(x_t, t, c*)|^2, a mean over elements too, with c the question's conditioning as the model is
 * now: 0 where the image model is steered exactly as when the new answer is named plainly. It is what the picture
 * objective lowers.
 */
export async function velocityError(
  pipeline: TextToImagePipeline,
  { request }: EditCase,
  { latents, sigmas, grid, velocity }: VelocityReference,
  { signal }: RunOptions = {},
): Promise<number> {
  const conditioning: Conditioning = await pipeline.encodePrompt(request.question, { signal });
  const own = await pipeline.components.dit.velocity(
    { latents, grid, sigmas, conditioning: repeatConditioning(conditioning, sigmas.length) },
    { signal },
  );
  let sum = 0;
  for (const [at, value] of own.data.entries()) sum += (value - velocity.data[at]!) ** 2;
  return sum / own.data.length;
}
