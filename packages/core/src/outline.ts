import type { DimBindings, Program } from '@mokus/graph';
import type { ComponentContext } from './architecture.js';
import type { Site } from './edit.js';

/** What the memory of a program is asked about. */
export interface Workload {
  /** Prompts, or pictures, at once. */
  readonly batch: number;
  /** Tokens of a formatted prompt. */
  readonly textTokens: number;
  /** Latent positions: pixels over the image codec's spatial factor. */
  readonly latentHeight: number;
  readonly latentWidth: number;
}

/** What a program is run for. `learn`: a backward pass through it trains adapters, or it makes what they train on. */
export type ProgramUse = 'generate' | 'edit' | 'learn';

export interface OutlinedProgram {
  readonly program: Program;
  readonly use: ProgramUse;
  /** The symbols of its inputs' shapes. */
  dims(workload: Workload): DimBindings;
}

/**
 * What a model family says about a component from its config and the names of its tensors: everything but the weights.
 * The programs are those that the component runs, so what they ask of the checkpoint can be compared with its headers,
 * and what they need of a device be counted, before anything is loaded.
 */
export interface ComponentOutline {
  readonly programs: Readonly<Record<string, OutlinedProgram>>;
  /** Where edits may go; none where the component is no text encoder. */
  readonly sites: readonly Site[];
  /** Ids of the sites that editors change unless told otherwise. */
  readonly defaultSites: readonly string[];
  /** Modules that a LoRA is trained on by default: `NAME.weight` are their matrices. */
  readonly adapterTargets: readonly string[];
  /** Of an image codec: pixels per latent position, each way. */
  readonly spatialFactor?: number | undefined;
}

/**
 * Outlines the component of a checkpoint. Reads configs and headers, never tensors. Throws MokusError `checkpoint`,
 * `config`, `weight` as loading the component would.
 */
export type ComponentOutliner = (context: Omit<ComponentContext, 'backend'>) => Promise<ComponentOutline>;
