import type { Site } from '@mokus/core';

/** A number of tensors and what they hold. */
export interface TensorCount {
  readonly tensors: number;
  readonly parameters: number;
  /** As stored. */
  readonly bytes: number;
}

/** One component of a checkpoint, from its headers. */
export interface ComponentInspection {
  /** Its folder; `''` where the checkpoint is a single network. */
  readonly component: string;
  readonly className: string;
  /** Where it says what it runs, so that what it reads, its sites and its memory are known. */
  readonly isOutlined: boolean;
  readonly files: number;
  readonly stored: TensorCount;
  /** What is stored, by dtype as in .safetensors files: `BF16`, `F32` ... */
  readonly byDtype: Readonly<Record<string, TensorCount>>;
  /** The stored tensors that its programs read; undefined where that is not known. */
  readonly read: TensorCount | undefined;
  /** Where edits may go. */
  readonly sites: readonly Site[];
}

/** What the memory needs were computed for. */
export interface InspectedWorkload {
  /** Pixels, height and width. */
  readonly size: number;
  /** Tokens of a formatted prompt, template included. */
  readonly textTokens: number;
  /** Prompts, or pictures, at once. */
  readonly batch: number;
  /** Rank of the LoRA that is learned. */
  readonly rank: number;
}

/** Bytes. See `inspect` for the formula. */
export interface MemoryNeed {
  /** Exact: every parameter that is read, in f32. */
  readonly weights: number;
  /** Exact: the same parameters as they are stored, for a device that computes in that dtype. */
  readonly weightsAsStored: number;
  /** Estimate: values of the largest program that are alive at once. */
  readonly activations: number;
  /** Estimate: what the method keeps beside the model. */
  readonly state: number;
  /** weights + activations + state. */
  readonly total: number;
}

export interface MemoryNeeds {
  readonly workload: InspectedWorkload;
  /** Undefined for what the checkpoint cannot do, or does with a component of an unknown class. */
  readonly generate: MemoryNeed | undefined;
  readonly edit: MemoryNeed | undefined;
  readonly learn: MemoryNeed | undefined;
}

/** What a checkpoint holds and needs, as `inspect` finds it. */
export interface Inspection {
  /** Path, address or hub id. */
  readonly name: string;
  /** The pipeline's class; undefined where the checkpoint is a single network. */
  readonly pipeline: string | undefined;
  readonly components: readonly ComponentInspection[];
  readonly memory: MemoryNeeds;
}
