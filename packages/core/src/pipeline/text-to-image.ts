import type { Edit } from '../edit.js';
import { MokusError, throwIfCancelled } from '../errors.js';
import { pixelsToImages } from '../image.js';
import type { RunOptions } from '../progress.js';
import type { Conditioning } from '../text-encoder.js';
import { repeatConditioning, requireConditioning } from './conditioning.js';
import { denoise } from './denoise.js';
import { EditStack } from './edit-stack.js';
import type { GenerateOptions, GenerateResult, PipelineComponents, PipelineDefaults, Prompt } from './options.js';
import { unpackLatents } from './packing.js';
import { initialLatents, runSettings } from './request.js';

/**
 * Prompts to pictures through a text encoder, a diffusion transformer, a schedule and an image codec, with edits of the
 * text encoder that go on and off. It owns its components. A call that fails or is cancelled leaves nothing behind.
 */
export class TextToImagePipeline {
  readonly components: PipelineComponents;
  readonly #defaults: PipelineDefaults;
  readonly #edits: EditStack;
  #disposed = false;

  /** Throws MokusError `config` when the components do not fit each other. */
  constructor(components: PipelineComponents, defaults: PipelineDefaults = {}) {
    requireFit(components);
    this.components = components;
    this.#defaults = defaults;
    this.#edits = new EditStack(components.textEncoder);
  }

  /** The edits that are applied, in order. */
  get edits(): readonly Edit[] {
    return this.#edits.edits;
  }

  /** What the transformer is conditioned on for these prompts, under the edits applied now. */
  async encodePrompt(prompts: string | readonly string[], options?: RunOptions): Promise<Conditioning> {
    this.#requireAlive();
    const list = typeof prompts === 'string' ? [prompts] : prompts;
    if (list.length === 0) throw new MokusError('input', 'there is no prompt to encode', { field: 'prompt' });
    return this.components.textEncoder.encode(list, options);
  }

  /**
   * Draws `numImagesPerPrompt` pictures for each prompt, all in one batch. Throws MokusError `input` (naming the
   * option), `prompt`, `cancelled`, `disposed`.
   */
  async generate(options: GenerateOptions): Promise<GenerateResult> {
    this.#requireAlive();
    const { signal, onProgress, onStepEnd } = options;
    throwIfCancelled(signal, 'generating pictures');
    const { dit, imageCodec, scheduler } = this.components;
    const { steps, guidance: scale, imagesPerPrompt, grid } = runSettings(options, this.#defaults, this.components);
    const plan = scheduler.plan(steps, grid.height * grid.width);
    const conditioning = await this.#conditioningOf('prompt', options.prompt, signal);
    const prompts = conditioning.hiddenStates.shape[0] as number;
    const latents = initialLatents(options, prompts * imagesPerPrompt, grid, this.components);
    const positive = repeatConditioning(conditioning, imagesPerPrompt);
    const guided = scale > 1 && options.negativePrompt !== undefined;
    const guidance = guided ? { scale, negative: await this.#negative(options, prompts, imagesPerPrompt) } : undefined;
    const denoised = await denoise({
      dit,
      scheduler,
      plan,
      latents,
      grid,
      positive,
      guidance,
      onStepEnd,
      signal,
      onProgress,
    });
    const pixels = await imageCodec.decode(unpackLatents(denoised, grid, dit.info.patchSize), { signal });
    return { images: pixelsToImages(pixels), latents: denoised };
  }

  /** Applies an edit to the text encoder: all of it or nothing. See {@link EditStack.apply} for what is refused. */
  async apply(edit: Edit): Promise<void> {
    this.#requireAlive();
    await this.#edits.apply(edit);
  }

  /** Takes an applied edit off again, bit-exact, wherever it is in the stack. */
  async revert(edit: Edit): Promise<void> {
    this.#requireAlive();
    this.#edits.revert(edit);
  }

  /** Frees the components. Safe to call twice. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    const { textEncoder, dit, imageCodec } = this.components;
    await Promise.all([textEncoder.dispose(), dit.dispose(), imageCodec.dispose()]);
  }

  async #conditioningOf(field: string, prompt: Prompt, signal: AbortSignal | undefined): Promise<Conditioning> {
    const conditioning =
      typeof prompt === 'string' || isList(prompt) ? await this.encodePrompt(prompt, { signal }) : prompt;
    requireConditioning(field, conditioning, this.components.dit.info.conditioningSize);
    return conditioning;
  }

  /** One negative prompt serves all pictures; otherwise there is one for each prompt. */
  async #negative(
    { negativePrompt = '', signal }: GenerateOptions,
    prompts: number,
    imagesPerPrompt: number,
  ): Promise<Conditioning> {
    const negative = await this.#conditioningOf('negativePrompt', negativePrompt, signal);
    const count = negative.hiddenStates.shape[0] as number;
    if (count !== 1 && count !== prompts) {
      const message = `there are ${count} negative prompts for ${prompts} prompts; give one, or one for each`;
      throw new MokusError('input', message, { field: 'negativePrompt' });
    }
    return repeatConditioning(negative, (prompts * imagesPerPrompt) / count);
  }

  #requireAlive(): void {
    if (this.#disposed) throw new MokusError('disposed', 'the pipeline was disposed; load it again');
  }
}

function isList(prompt: Prompt): prompt is readonly string[] {
  return Array.isArray(prompt);
}

function requireFit({ textEncoder, dit, imageCodec }: PipelineComponents): void {
  if (dit.info.conditioningSize !== textEncoder.info.hiddenSize) {
    throw new MokusError(
      'config',
      `the transformer is conditioned on states of ${dit.info.conditioningSize}, the text encoder gives ${textEncoder.info.hiddenSize}; they are of different models`,
      { field: 'joint_attention_dim' },
    );
  }
  const packed = imageCodec.info.latentChannels * dit.info.patchSize ** 2;
  if (dit.info.inChannels !== packed) {
    throw new MokusError(
      'config',
      `the transformer takes tokens of ${dit.info.inChannels} channels, the codec's latents pack to ${packed}; they are of different models`,
      { field: 'in_channels' },
    );
  }
}
