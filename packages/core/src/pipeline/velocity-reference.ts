import type { LatentGrid } from '../diffusion.js';
import { throwIfCancelled } from '../errors.js';
import type { RunOptions } from '../progress.js';
import { f32Tensor, type HostTensor } from '../tensor.js';
import type { Conditioning } from '../text-encoder.js';
import { repeatConditioning } from './conditioning.js';
import type { GenerateOptions } from './options.js';
import { runSettings, seededLatents } from './request.js';
import type { TextToImagePipeline } from './text-to-image.js';

export interface VelocityReferenceOptions extends Pick<RunOptions, 'signal'> {
  /** Noise levels, each with noise of its own. Default: {@link velocitySigmas}. */
  readonly sigmas?: readonly number[] | undefined;
  /** Of the picture and of the noise. Default: 0. */
  readonly seed?: number | undefined;
  readonly picture?: Pick<GenerateOptions, 'steps' | 'height' | 'width'> | undefined;
}

/** Points on the way to the picture that a pipeline draws for one conditioning c*, and its velocities there. */
export interface VelocityReference {
  /** Packed x_t = (1 - t) z + t e, f32 [sigmas, tokens, channels]. */
  readonly latents: HostTensor<'f32'>;
  readonly sigmas: readonly number[];
  readonly grid: LatentGrid;
  /** v(x_t, t, c*), of the latents' shape. */
  readonly velocity: HostTensor<'f32'>;
}

/** Noise levels at which velocities are compared unless said: 8, evenly from 0.3 to 0.95. */
export const velocitySigmas: readonly number[] = Array.from({ length: 8 }, (_, at) => 0.3 + (0.65 * at) / 7);

/**
 * Draws the picture of one prompt's conditioning and takes the velocities on the way to it: when those of another
 * conditioning are the same, so is its picture. Throws MokusError `input`, `cancelled`.
 */
export async function velocityReference(
  pipeline: TextToImagePipeline,
  conditioning: Conditioning,
  { sigmas = velocitySigmas, seed = 0, picture = {}, signal }: VelocityReferenceOptions = {},
): Promise<VelocityReference> {
  const { dit, scheduler } = pipeline.components;
  const drawing = { ...picture, prompt: conditioning };
  const { grid } = runSettings(drawing, pipeline.defaults, pipeline.components);
  const drawn = await pipeline.generate({ ...drawing, seed, signal });
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
