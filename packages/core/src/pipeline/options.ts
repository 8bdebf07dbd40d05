import type { DiT, ImageCodec, Scheduler } from '../diffusion.js';
import type { RawImage } from '../image.js';
import type { RunOptions } from '../progress.js';
import type { HostTensor } from '../tensor.js';
import type { Conditioning, TextEncoder } from '../text-encoder.js';
import type { RecallOptions } from './recall.js';

/** What a text-to-image pipeline is made of. */
export interface PipelineComponents {
  readonly textEncoder: TextEncoder;
  readonly dit: DiT;
  readonly imageCodec: ImageCodec;
  readonly scheduler: Scheduler;
}

/** What `generate` takes when a call does not say: a small model's own size and steps go here. */
export interface PipelineDefaults {
  /** Height and width in pixels. Default: 128 latent positions, which is 1024 for Qwen-Image. */
  readonly size?: number | undefined;
  /** Default: 50. */
  readonly steps?: number | undefined;
  /** Default: 4. Takes effect with a negative prompt only. */
  readonly guidance?: number | undefined;
}

export interface DenoisingStep {
  /** From 1. */
  readonly step: number;
  readonly steps: number;
  /** The noise level that the latents are now at. */
  readonly sigma: number;
  /** Packed latents after the step, f32 [batch, tokens, channels]. Not to be written to. */
  readonly latents: HostTensor<'f32'>;
}

/** Prompts, or what a text encoder made of them. */
export type Prompt = string | readonly string[] | Conditioning;

export interface GenerateOptions extends RunOptions {
  readonly prompt: Prompt;
  /**
   * Recall before drawing: the text encoder, with its edits, first says what the prompt refers to, and its greedy answer
   * joins the prompt that is drawn; the negative prompt is left alone. `true` stands for the defaults of
   * {@link RecallOptions}. Prompts that are conditioning already are refused. Default: false.
   */
  readonly recall?: boolean | RecallOptions | undefined;
  /** What to steer away from: one for all prompts, or one for each. `' '` is conventional. */
  readonly negativePrompt?: Prompt | undefined;
  readonly steps?: number | undefined;
  /** Scale of true classifier-free guidance: active only above 1 and with a negative prompt. */
  readonly guidance?: number | undefined;
  /** Pixels; multiples of the codec's spatial factor times the transformer's patch size. */
  readonly height?: number | undefined;
  readonly width?: number | undefined;
  /** Picture i is drawn from noise of seed + i (mod 2^32), so it does not depend on its batch. Default: 0. */
  readonly seed?: number | undefined;
  /** Initial noise instead of a seed: packed, f32 [pictures, tokens, channels]. */
  readonly latents?: HostTensor<'f32'> | undefined;
  readonly numImagesPerPrompt?: number | undefined;
  /**
   * Keeps the weights of one component at a time: text encoder, transformer and image codec each free theirs when their
   * part of the run is done, and load them again at their next use. Edits and adapters stay, pictures are the same.
   * Default: false.
   */
  readonly offload?: boolean | undefined;
  /** Called after each step; the run waits for it. */
  readonly onStepEnd?: ((step: DenoisingStep) => void | Promise<void>) | undefined;
}

export interface GenerateResult {
  /** What the text encoder answered, prompt by prompt; undefined without `recall`. */
  readonly recalled: readonly string[] | undefined;
  /** The first prompt's pictures, then the second's ... */
  readonly images: readonly RawImage[];
  /** The final packed latents, f32 [pictures, tokens, channels]. */
  readonly latents: HostTensor<'f32'>;
}
