import type { FolderSource } from '@mokus/checkpoint/node';
import { MokusError, type PipelineComponents, type PipelineDefaults, TextToImagePipeline } from '@mokus/core';
import { type LoadLoraWeightsOptions, readLoraWeights, type SaveLoraWeightsOptions, writeLoraWeights } from './lora.js';
import { type SavePretrainedOptions, savePretrained } from './save-pretrained.js';

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
    const names = [...this.adapters.keys()];
    if (options.adapterName === undefined && names.length !== 1) {
      const loaded = names.join(', ') || 'none';
      throw new MokusError('adapter', `say which adapter to save with adapterName; loaded are: ${loaded}`, {
        field: 'adapterName',
      });
    }
    await writeLoraWeights(directory, this.adapter(options.adapterName ?? names[0] ?? ''), options);
  }

  /**
   * Saves the checkpoint with the edits and the adapters that act now in its weights: a folder that diffusers,
   * transformers and `fromPretrained` load; see {@link savePretrained}. The pipeline stays as it is.
   *
   * Throws MokusError `input` (a folder that may not be replaced), `disk`, `checkpoint` (damaged, or changed since it was
   * loaded), `edit` (a sum that a dtype cannot hold), `weight`, `unsupported`, `cancelled`.
   */
  async savePretrained(directory: string | URL, options: SavePretrainedOptions = {}): Promise<void> {
    const { checkpoint, edits } = this;
    const { textEncoder, dit } = this.components;
    await savePretrained({ checkpoint, edits, textEncoder, transformer: dit }, directory, options);
  }
}
