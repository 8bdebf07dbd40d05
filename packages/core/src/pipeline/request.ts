import { elementCount } from '@mokus/graph';
import type { LatentGrid } from '../diffusion.js';
import { MokusError } from '../errors.js';
import { seededNoise } from '../noise.js';
import { requireKnown } from '../option-checks.js';
import { f32Tensor, type HostTensor } from '../tensor.js';
import { describeGiven, requireFunction, requireHostTensor, requirePrompt, requireSignal } from './argument-checks.js';
import type { GenerateOptions, PipelineComponents, PipelineDefaults } from './options.js';
import { packLatents } from './packing.js';

/** The numbers of one run, checked. */
export interface RunSettings {
  readonly steps: number;
  readonly guidance: number;
  readonly imagesPerPrompt: number;
  readonly grid: LatentGrid;
}

const generateOptions: Readonly<Record<keyof GenerateOptions, true>> = {
  prompt: true,
  recall: true,
  negativePrompt: true,
  steps: true,
  guidance: true,
  height: true,
  width: true,
  seed: true,
  latents: true,
  numImagesPerPrompt: true,
  offload: true,
  onStepEnd: true,
  signal: true,
  onProgress: true,
};

/** Throws MokusError `input` naming the option: one that is unknown, of another kind, or out of its range. */
export function runSettings(
  options: GenerateOptions,
  defaults: PipelineDefaults,
  { dit, imageCodec }: PipelineComponents,
): RunSettings {
  requireKnown('generate', options, generateOptions);
  requirePrompt('prompt', options.prompt);
  if (options.negativePrompt !== undefined) requirePrompt('negativePrompt', options.negativePrompt);
  if (options.latents !== undefined) requireHostTensor('latents', 'latents', options.latents, 'f32');
  requireFunction('onStepEnd', options.onStepEnd);
  requireFunction('onProgress', options.onProgress);
  requireSignal(options.signal);
  const size = defaults.size ?? 128 * imageCodec.info.spatialFactor;
  const multiple = dit.info.patchSize * imageCodec.info.spatialFactor;
  const tokens = (field: 'height' | 'width'): number => {
    const pixels = options[field] ?? size;
    if (Number.isSafeInteger(pixels) && pixels > 0 && pixels % multiple === 0) return pixels / multiple;
    const nearest = Math.max(multiple, Math.round(pixels / multiple) * multiple) || multiple;
    const message = `${field} is ${describeGiven(pixels)}; it must be a multiple of ${multiple}, such as ${nearest}`;
    throw new MokusError('input', message, { field });
  };
  const guidance = options.guidance ?? defaults.guidance ?? 4;
  if (!Number.isFinite(guidance)) {
    throw new MokusError('input', `guidance is a number, got ${describeGiven(guidance)}`, { field: 'guidance' });
  }
  return {
    steps: wholeNumber('steps', options.steps ?? defaults.steps ?? 50),
    guidance,
    imagesPerPrompt: wholeNumber('numImagesPerPrompt', options.numImagesPerPrompt ?? 1),
    grid: { height: tokens('height'), width: tokens('width') },
  };
}

function wholeNumber(field: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new MokusError('input', `${field} is a whole number from 1, got ${describeGiven(value)}`, { field });
}

/**
 * The packed latents that a run starts from: those given, or each picture's own seeded noise, drawn as [z, H, W].
 * Throws MokusError `input` for both at once, a shape that does not fit or a seed out of range.
 */
export function initialLatents(
  { latents, seed }: GenerateOptions,
  pictures: number,
  grid: LatentGrid,
  { dit, imageCodec }: PipelineComponents,
): HostTensor<'f32'> {
  const { inChannels } = dit.info;
  if (latents !== undefined) {
    if (seed !== undefined) {
      throw new MokusError('input', 'give a seed or latents, not both', { field: 'latents' });
    }
    const expected = [pictures, grid.height * grid.width, inChannels];
    if (latents.shape.length !== 3 || latents.shape.some((each, axis) => each !== expected[axis])) {
      const got = `[${latents.shape.join(', ')}]`;
      const message = `packed latents of this run are [${expected.join(', ')}], got ${got}`;
      throw new MokusError('input', message, { field: 'latents' });
    }
    return latents;
  }
  // Refuses a first seed that is out of range; only the sum wraps.
  seededNoise(seed ?? 0);
  const seeds = Array.from({ length: pictures }, (_, picture) => ((seed ?? 0) + picture) % 2 ** 32);
  return seededLatents(seeds, grid, { dit, imageCodec });
}

/**
 * Packed noise, f32 [seeds, tokens, channels]: for each seed what a pipeline's `generate` starts from with that
 * seed, so pictures of any seeds can be drawn in one batch. Throws MokusError `input` for a seed out of range.
 */
export function seededLatents(
  seeds: readonly number[],
  grid: LatentGrid,
  { dit, imageCodec }: Pick<PipelineComponents, 'dit' | 'imageCodec'>,
): HostTensor<'f32'> {
  const { patchSize } = dit.info;
  const shape = [imageCodec.info.latentChannels, grid.height * patchSize, grid.width * patchSize];
  const size = elementCount(shape);
  const noise = new Float32Array(seeds.length * size);
  for (const [picture, seed] of seeds.entries()) noise.set(seededNoise(seed).normals(size), picture * size);
  return packLatents(f32Tensor([seeds.length, ...shape], noise), patchSize);
}
