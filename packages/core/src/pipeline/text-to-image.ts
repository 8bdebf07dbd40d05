import type { LoraAdapter } from '../adapter.js';
import type { Edit } from '../edit.js';
import { MokusError, throwIfCancelled } from '../errors.js';
import { pixelsToImages } from '../image.js';
import { requireKnown } from '../option-checks.js';
import type { RunOptions } from '../progress.js';
import type { Conditioning } from '../text-encoder.js';
import { AdapterStack } from './adapter-stack.js';
import { requireComponents, requireTexts } from './argument-checks.js';
import { repeatConditioning, requireConditioning } from './conditioning.js';
import { denoise } from './denoise.js';
import { EditStack } from './edit-stack.js';
import type { GenerateOptions, GenerateResult, PipelineComponents, PipelineDefaults, Prompt } from './options.js';
import { unpackLatents } from './packing.js';
import { type Recalled, recall } from './recall.js';
import { initialLatents, runSettings } from './request.js';

/**
 * Prompts to pictures through a text encoder, a diffusion transformer, a schedule and an image codec, with edits of the
 * text encoder and adapters of the transformer that go on and off. It owns its components. A call that fails or is cancelled leaves nothing behind.
 */
export class TextToImagePipeline {
  readonly components: PipelineComponents;
  /** What `generate` takes when a call does not say. */
  readonly defaults: PipelineDefaults;
  readonly #edits: EditStack;
  readonly #adapters: AdapterStack;
  #disposed = false;

  /** Throws MokusError `config` when a component is missing or they do not fit each other, `input` for an unknown default. */
  constructor(components: PipelineComponents, defaults: PipelineDefaults = {}) {
    requireFit(components);
    const known: Record<keyof PipelineDefaults, 0> = { size: 0, steps: 0, guidance: 0 };
    requireKnown('TextToImagePipeline', defaults, known);
    this.components = components;
    this.defaults = defaults;
    this.#edits = new EditStack(components.textEncoder);
    this.#adapters = new AdapterStack(components.dit);
  }

  /** The edits that are applied, in order. */
  get edits(): readonly Edit[] {
    return this.#edits.edits;
  }

  /** What the transformer is conditioned on for these prompts, under the edits now. Throws MokusError `input`, `prompt`. */
  async encodePrompt(prompts: string | readonly string[], options?: RunOptions): Promise<Conditioning> {
    this.#requireAlive();
    const list = requireTexts('prompt', prompts, 'give a text, or a list of one at least');
    return this.components.textEncoder.encode(list, options);
  }

  /**
   * Draws `numImagesPerPrompt` pictures for each prompt, all in one batch. Throws MokusError `input` (naming the
   * option), `prompt`, `cancelled`, `disposed`.
   */
  async generate(options: GenerateOptions): Promise<GenerateResult> {
    this.#requireAlive();
    const { steps, guidance: scale, imagesPerPrompt, grid } = runSettings(options, this.defaults, this.components);
    const { signal, onProgress, onStepEnd } = options;
    throwIfCancelled(signal, 'generating pictures');
    const { textEncoder, dit, imageCodec, scheduler } = this.components;
    const done = async (component: { release(): Promise<void> }): Promise<void> => {
      if (options.offload === true) await component.release();
    };
    const plan = scheduler.plan(steps, grid.height * grid.width);
    const recalled = await this.#recall(options);
    const prompt = recalled?.map((each) => each.prompt) ?? options.prompt;
    const conditioning = await this.#conditioningOf('prompt', prompt, signal);
    const prompts = conditioning.hiddenStates.shape[0] as number;
    const latents = initialLatents(options, prompts * imagesPerPrompt, grid, this.components);
    const positive = repeatConditioning(conditioning, imagesPerPrompt);
    const guided = scale > 1 && options.negativePrompt !== undefined;
    const guidance = guided ? { scale, negative: await this.#negative(options, prompts, imagesPerPrompt) } : undefined;
    await done(textEncoder);
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
    await done(dit);
    const pixels = await imageCodec.decode(unpackLatents(denoised, grid, dit.info.patchSize), { signal });
    await done(imageCodec);
    return { images: pixelsToImages(pixels), latents: denoised, recalled: recalled?.map(({ answer }) => answer) };
  }

  /** Applies an edit to the text encoder: all of it or nothing. See {@link EditStack.apply} for what is refused. */
  async apply(edit: Edit): Promise<void> {
    this.#requireAlive();
    await this.#edits.apply(edit);
  }

  /** Takes an applied edit off again, bit-exact, wherever it is in the stack. Throws MokusError `edit` for any other. */
  async revert(edit: Edit): Promise<void> {
    this.#requireAlive();
    this.#edits.revert(edit);
  }

  /** The adapters that are loaded, in order, with the weight that each acts with: 0 for one that is off. */
  get adapters(): ReadonlyMap<string, number> {
    return this.#adapters.weights;
  }

  /** A loaded adapter. Throws MokusError `adapter` for a name that is not loaded. */
  adapter(name: string): LoraAdapter {
    return this.#adapters.get(name);
  }

  /**
   * Loads an adapter of the transformer: it acts with weight 1 beside those that act already. Throws MokusError `adapter`
   * (no adapter, a name that is taken, no layers), `site` (a layer that the transformer does not have), `edit` (a factor of
   * the wrong shape or not finite); nothing is changed then.
   */
  async addAdapter(name: string, adapter: LoraAdapter): Promise<void> {
    this.#requireAlive();
    this.#adapters.add(name, adapter);
  }

  /**
   * Makes exactly these adapters act (and those that are fused), in this order, each with its weight or all with one;
   * default 1. `[]` turns all off. Throws MokusError `adapter` (not loaded, or fused), `input` (a weight that is not
   * finite, another number of weights than of names, a name twice).
   */
  async setAdapters(names: string | readonly string[], weights: number | readonly number[] = 1): Promise<void> {
    this.#requireAlive();
    const list = listOf(names);
    const each = typeof weights === 'number' ? list.map(() => weights) : Array.from(weights ?? []);
    if (each.length !== list.length) {
      const message = `there are ${each.length} weights for ${list.length} adapters; give one, or one for each`;
      throw new MokusError('input', message, { field: 'weights' });
    }
    const chosen = new Map(list.map((name, index) => [name, each[index] as number]));
    if (chosen.size !== list.length) {
      throw new MokusError('input', `an adapter is named twice in ${list.join(', ')}; name each once`, {
        field: 'names',
      });
    }
    this.#adapters.set(chosen);
  }

  /** Unloads adapters; what remains computes as if they had never been there. Throws MokusError `adapter`. */
  async deleteAdapters(names: string | readonly string[]): Promise<void> {
    this.#requireAlive();
    this.#adapters.remove(listOf(names));
  }

  /**
   * Makes the adapters that act part of the model, their weights times `scale`: until {@link unfuse}, setAdapters and
   * deleteAdapters leave them alone. Base weights are not touched, so nothing gets faster, and unfusing is bit-exact.
   * Throws MokusError `adapter` when none acts, `input` for a scale that is not finite.
   */
  async fuse(options: { readonly scale?: number | undefined } = {}): Promise<void> {
    this.#requireAlive();
    requireKnown('fuse', options, { scale: 1 });
    const { scale = 1 } = options;
    this.#adapters.fuse(scale);
  }

  /** The reverse of {@link fuse}. Throws MokusError `adapter` when nothing is fused. */
  async unfuse(): Promise<void> {
    this.#requireAlive();
    this.#adapters.unfuse();
  }

  /** Frees the components. Safe to call twice. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    const { textEncoder, dit, imageCodec } = this.components;
    await Promise.all([textEncoder.dispose(), dit.dispose(), imageCodec.dispose()]);
  }

  async #recall({ prompt, recall: asked = false, signal }: GenerateOptions): Promise<readonly Recalled[] | undefined> {
    if (asked === false) return undefined;
    if (typeof prompt !== 'string' && !isList(prompt)) {
      throw new MokusError(
        'input',
        'recall asks about prompts in words, and this one is conditioning already; leave recall out',
        {
          field: 'recall',
        },
      );
    }
    const prompts = typeof prompt === 'string' ? [prompt] : prompt;
    return recall(this.components.textEncoder, prompts, asked === true ? {} : asked, { signal });
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

/** The names as a list, which may be empty. */
function listOf(names: string | readonly string[]): readonly string[] {
  if (Array.isArray(names) && names.length === 0) return [];
  return requireTexts('names', names, 'give the name of an adapter, or a list of names');
}

function requireFit(components: PipelineComponents): void {
  requireComponents(components);
  const { textEncoder, dit, imageCodec } = components;
  if (dit.info.conditioningSize !== textEncoder.info.hiddenSize) {
    throw new MokusError(
      'config',
      `the transformer is conditioned on states of ${dit.info.conditioningSize}, the text encoder gives ${textEncoder.info.hiddenSize}; they are of different models: take both from one`,
      { field: 'joint_attention_dim' },
    );
  }
  const packed = imageCodec.info.latentChannels * dit.info.patchSize ** 2;
  if (dit.info.inChannels !== packed) {
    throw new MokusError(
      'config',
      `the transformer takes tokens of ${dit.info.inChannels} channels, the codec's latents pack to ${packed}; they are of different models: take both from one`,
      { field: 'in_channels' },
    );
  }
}
