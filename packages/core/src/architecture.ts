import type { Backend } from './backend.js';
import type { DiT, ImageCodec, Scheduler } from './diffusion.js';
import type { Json } from './edit.js';
import type { ComponentOutliner } from './outline.js';
import type { RunOptions } from './progress.js';
import type { TextEncoder } from './text-encoder.js';
import type { WeightStore } from './weights.js';

/** A checkpoint's files, as far as a model family reads them. Paths are relative to the folder, with `/`. */
export interface CheckpointFiles {
  /** For messages: the folder's path or URL. */
  readonly name: string;
  exists(path: string): Promise<boolean>;
  /** Throws MokusError `checkpoint` naming the file when it is missing or not JSON. */
  readJson(path: string): Promise<Json>;
  /** Throws MokusError `checkpoint` naming the file when it is missing or not UTF-8. */
  readText(path: string): Promise<string>;
  /** The component's tensors, single file or sharded. Throws MokusError `checkpoint` naming file and tensor. */
  weights(component: string): Promise<WeightStore>;
}

/** What a model family gets to make one component from. */
export interface ComponentContext extends RunOptions {
  readonly files: CheckpointFiles;
  /** The component's folder: `text_encoder`, `transformer`, `vae`, `scheduler`. */
  readonly component: string;
  readonly backend: Backend;
}

/** What a model family gets to make a text encoder from. */
export interface TextEncoderContext extends ComponentContext {
  /**
   * Roles of the linear layers that edits may change, such as `q_proj`: they become the encoder's `sites`. Default: the
   * family's own. Throws MokusError `input` naming a role that the family does not have.
   */
  readonly siteRoles?: readonly string[] | undefined;
}

export type ComponentFactory<Component, Context extends ComponentContext = ComponentContext> = (
  context: Context,
) => Promise<Component>;

/**
 * Which class name of a checkpoint (`model_index.json`) is made by which model family. A registry holds values: a third
 * party adds its own.
 */
export interface ArchitectureRegistry {
  readonly textEncoders: Map<string, ComponentFactory<TextEncoder, TextEncoderContext>>;
  readonly transformers: Map<string, ComponentFactory<DiT>>;
  readonly imageCodecs: Map<string, ComponentFactory<ImageCodec>>;
  readonly schedulers: Map<string, ComponentFactory<Scheduler>>;
  /** Of text encoders, transformers and image codecs: what can be said before loading. Optional for a class. */
  readonly outlines: Map<string, ComponentOutliner>;
}

export function createArchitectureRegistry(): ArchitectureRegistry {
  return {
    textEncoders: new Map(),
    transformers: new Map(),
    imageCodecs: new Map(),
    schedulers: new Map(),
    outlines: new Map(),
  };
}
