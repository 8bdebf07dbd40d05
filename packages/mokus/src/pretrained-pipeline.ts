import type { FolderSource } from '@mokus/checkpoint/node';
import { type PipelineComponents, type PipelineDefaults, TextToImagePipeline } from '@mokus/core';
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
   * Saves the checkpoint with the edits that are applied now in its weights: a folder that diffusers, transformers and
   * `fromPretrained` load; see {@link savePretrained}. The pipeline stays as it is.
   *
   * Throws MokusError `input` (a folder that may not be replaced), `disk`, `checkpoint` (damaged, or changed since it was
   * loaded), `edit` (a sum that a dtype cannot hold), `weight`, `unsupported`, `cancelled`.
   */
  async savePretrained(directory: string | URL, options: SavePretrainedOptions = {}): Promise<void> {
    const { checkpoint, edits } = this;
    await savePretrained({ checkpoint, edits, textEncoder: this.components.textEncoder }, directory, options);
  }
}
