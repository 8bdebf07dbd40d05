import {
  type FolderSource,
  type HubOptions,
  type PushedCommit,
  type PushOptions,
  pushFiles,
  pushOptions,
} from '@mokus/checkpoint/node';
import { type AppliedCustomization, type ApplyCustomizationOptions, applyCustomization } from '@mokus/concepts';
import {
  type LoraAdapter,
  MokusError,
  type PipelineComponents,
  type PipelineDefaults,
  requireKnown,
  TextToImagePipeline,
} from '@mokus/core';
import { loadCustomization } from './customization/load.js';
import { hubOptions, pushToHubOptions } from './hub-options.js';
import { type LoadLoraWeightsOptions, readLoraWeights, type SaveLoraWeightsOptions, writeLoraWeights } from './lora.js';
import { type PushToHubOptions, pushToHub } from './push-to-hub.js';
import {
  type EditedCheckpoint,
  pretrainedFiles,
  type SavePretrainedOptions,
  savePretrained,
} from './save-pretrained.js';

/** Of a whole pipeline. */
export interface PushPipelineOptions extends PushOptions, Pick<SavePretrainedOptions, 'maxShardSize'> {}

/** Of one adapter. */
export interface PushLoraOptions extends PushToHubOptions {
  /** Default: the adapter that is loaded, where there is one only. */
  readonly adapterName?: string | undefined;
}

/** Of a customization. The hub's options matter for a hub id only. */
export interface LoadIntoPipelineOptions extends ApplyCustomizationOptions, HubOptions {}

const knownOfPipeline: Readonly<Record<keyof PushPipelineOptions, true>> = { ...pushOptions, maxShardSize: true };
const knownOfLora: Readonly<Record<keyof PushLoraOptions, true>> = { ...pushToHubOptions, adapterName: true };
const knownOfCustomization: Readonly<Record<keyof LoadIntoPipelineOptions, true>> = {
  adapterName: true,
  editor: true,
  objective: true,
  template: true,
  toQuestion: true,
  ...hubOptions,
};

/** A pipeline that knows the checkpoint it was loaded from. */
export class PretrainedPipeline extends TextToImagePipeline {
  /** Where its weights lie. */
  readonly checkpoint: FolderSource;

  /** Throws MokusError `config` when the components do not fit each other. */
  constructor(checkpoint: FolderSource, components: PipelineComponents, defaults?: PipelineDefaults) {
    super(components, defaults);
    this.checkpoint = checkpoint;
  }

  /**
   * Loads a LoRA of the transformer from a .safetensors file, a folder or a repository of the hub, in the spelling of
   * diffusers, peft, ComfyUI or kohya; it acts with weight 1 beside the adapters that act already. `setAdapters`, `fuse`,
   * `unfuse` and `deleteAdapters` do the rest.
   *
   * Throws MokusError, naming the file and the tensor or field: `checkpoint` (missing, damaged), `adapter` (does not fit
   * this transformer, a name that is taken), `unsupported` (another kind of adapter, a LoRA of a text encoder); for a hub
   * id as {@link fromPretrained}. Nothing is changed then.
   */
  async loadLoraWeights(source: string | URL, options: LoadLoraWeightsOptions = {}): Promise<void> {
    const adapter = await readLoraWeights(source, this.components.dit.sites, options);
    await this.addAdapter(options.adapterName ?? 'default', adapter);
  }

  /**
   * Saves a loaded adapter, without the weight that it acts with, in a folder as diffusers does, or in kohya's form.
   *
   * Throws MokusError `adapter` (not loaded; several are, and none is named), `disk`, `checkpoint` (a `weightName` that
   * would leave the folder), `cancelled`.
   */
  async saveLoraWeights(directory: string | URL, options: SaveLoraWeightsOptions = {}): Promise<void> {
    await writeLoraWeights(directory, this.#chosenAdapter(options.adapterName), options);
  }

  /**
   * Loads what `saveCustomization` wrote and puts it in place: its adapter and its edit, or neither. With an `editor` its
   * facts can change later.
   *
   * Throws MokusError `input` (an option that is unknown: before anything is opened), and as {@link loadCustomization} and
   * `applyCustomization`; nothing is changed then.
   */
  async loadCustomization(source: string | URL, options: LoadIntoPipelineOptions = {}): Promise<AppliedCustomization> {
    requireKnown('loadCustomization', options, knownOfCustomization);
    const { adapterName, editor, objective, template, toQuestion, ...hub } = options;
    const customization = await loadCustomization(source, this, hub);
    const binding = { adapterName, objective, template, toQuestion };
    return applyCustomization(this, customization, editor === undefined ? binding : { ...binding, editor });
  }

  /**
   * Saves the checkpoint with the edits and the adapters that act now in its weights: a folder that diffusers,
   * transformers and `fromPretrained` load; see {@link savePretrained}. The pipeline stays as it is.
   *
   * Throws MokusError `input` (a folder that may not be replaced), `disk`, `checkpoint` (damaged, or changed since it was
   * loaded), `edit` (a sum that a dtype cannot hold), `weight`, `unsupported`, `cancelled`.
   */
  async savePretrained(directory: string | URL, options: SavePretrainedOptions = {}): Promise<void> {
    await savePretrained(this.#edited(), directory, options);
  }

  /**
   * Uploads what {@link savePretrained} would write to a repository of the hub, which is made where there is none, in one
   * commit. Nothing is written to the disk here: weights are baked while they are hashed, and again while they are sent.
   * `fromPretrained(id)` loads it.
   *
   * Throws MokusError as {@link savePretrained} and `pushToHub`.
   */
  async pushToHub(id: string, options: PushPipelineOptions = {}): Promise<PushedCommit> {
    requireKnown('pushToHub', options, knownOfPipeline);
    const { maxShardSize, ...push } = options;
    const files = await pretrainedFiles(this.#edited(), { maxShardSize });
    return pushFiles(id, files, { commitMessage: 'Upload pipeline', ...push });
  }

  /**
   * Uploads a loaded adapter, without the weight that it acts with, to a repository of the hub; `loadLoraWeights(id)`
   * loads it.
   *
   * Throws MokusError `adapter` (not loaded; several are, and none is named), and as `pushToHub`.
   */
  async pushLoraToHub(id: string, options: PushLoraOptions = {}): Promise<PushedCommit> {
    requireKnown('pushLoraToHub', options, knownOfLora);
    const { adapterName, ...push } = options;
    return pushToHub(this.#chosenAdapter(adapterName), id, push);
  }

  /** What is saved of this pipeline as it is now. */
  #edited(): EditedCheckpoint {
    const { checkpoint, edits } = this;
    const { textEncoder, dit } = this.components;
    const acting = [...this.adapters].filter(([, weight]) => weight !== 0);
    const adapters = acting.map(([name, weight]) => ({ name, weight, adapter: this.adapter(name) }));
    return { checkpoint, edits, textEncoder, transformer: dit, adapters };
  }

  #chosenAdapter(name: string | undefined): LoraAdapter {
    const names = [...this.adapters.keys()];
    if (name === undefined && names.length !== 1) {
      const loaded = names.join(', ') || 'none';
      throw new MokusError('adapter', `say which adapter to save with adapterName; loaded are: ${loaded}`, {
        field: 'adapterName',
      });
    }
    return this.adapter(name ?? names[0] ?? '');
  }
}
