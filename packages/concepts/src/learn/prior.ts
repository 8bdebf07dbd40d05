import {
  type ByteStore,
  type HostTensor,
  type LatentGrid,
  MokusError,
  type RunOptions,
  requireKnown,
  requireNumber,
  runSettings,
  type TextToImagePipeline,
} from '@mokus/core';
import { describeModel } from './model-description.js';
import { type PriorGroup, type PriorOrigin, readPrior, writePrior } from './prior-file.js';

/** A picture that the model draws itself, to be kept while it learns something new. */
export interface PriorExample {
  readonly prompt: string;
  /** Packed latents of the finished picture, f32 [tokens, channels]. */
  readonly latents: Float32Array;
  readonly grid: LatentGrid;
}

export interface PriorOptions extends RunOptions {
  /** Pixels. Default: what the pipeline draws by default; they must be those of the concept's pictures. */
  readonly height?: number | undefined;
  readonly width?: number | undefined;
  readonly steps?: number | undefined;
  /** Pictures drawn in one call. Default: 8. */
  readonly batchSize?: number | undefined;
  /** Default: 0. */
  readonly seed?: number | undefined;
  /**
   * Where pictures are kept as `prior-N.safetensors` when each call's are drawn, so that a run that was ended draws the rest
   * only; those of another model, prompt, seed or size are replaced. Default: nowhere.
   */
  readonly store?: ByteStore | undefined;
}

/**
 * Prior preservation (DreamBooth, Ruiz et al. 2023, section 3.3): the model's own pictures of other things, one for each
 * prompt, to be learned beside a concept, so that the adapter does not forget them. A prompt may stand there several
 * times. They can serve every concept of a model. Throws MokusError `input` without a prompt and for an option that is
 * unknown or out of its range, what `generate` throws, and what the store throws.
 */
export async function drawPrior(
  pipeline: TextToImagePipeline,
  prompts: readonly string[],
  options: PriorOptions = {},
): Promise<readonly PriorExample[]> {
  const { signal, onProgress, batchSize = 8, seed = 0, store, ...size } = options;
  const known = { height: 0, width: 0, steps: 0, batchSize: 0, seed: 0, store: 0, signal: 0, onProgress: 0 };
  requireKnown('drawPrior', options, known);
  requireNumber('drawPrior', 'batchSize', batchSize, { atLeast: 1, integer: true });
  requireNumber('drawPrior', 'seed', seed, { atLeast: 0, below: 2 ** 32, integer: true });
  if (prompts.length === 0) {
    throw new MokusError('input', 'there is no prompt to draw prior pictures of; give one at least', {
      field: 'prompts',
    });
  }
  const examples: PriorExample[] = [];
  const { components } = pipeline;
  const { grid, steps } = runSettings({ ...size, prompt: prompts }, pipeline.defaults, components);
  const model = store === undefined ? {} : await describeModel(pipeline);
  for (let start = 0; start < prompts.length; start += batchSize) {
    const group = prompts.slice(start, start + batchSize);
    const origin: PriorOrigin = { prompts: group, grid, steps, seed: (seed + start) % 2 ** 32, model };
    const shape = [group.length, grid.height * grid.width, components.dit.info.inChannels] as const;
    const draw = async (): Promise<PriorGroup> => {
      const { latents } = await pipeline.generate({ prompt: group, seed: origin.seed, signal, ...size });
      const drawn = { shape, latents: latents.data };
      if (store !== undefined) await writePrior(store, start, origin, drawn, { signal });
      return drawn;
    };
    const kept = store === undefined ? undefined : await readPrior(store, start, origin, shape);
    const { latents } = kept ?? (await draw());
    const each = latents.length / group.length;
    for (const [index, prompt] of group.entries()) {
      examples.push({ prompt, latents: latents.slice(index * each, (index + 1) * each), grid });
    }
    onProgress?.({ kind: 'prior', done: examples.length, total: prompts.length });
  }
  return examples;
}

/** One sample of a batch, as a copy. */
export function sampleOf({ shape, data }: HostTensor<'f32'>, index: number): Float32Array {
  const size = data.length / (shape[0] as number);
  return data.slice(index * size, (index + 1) * size);
}
