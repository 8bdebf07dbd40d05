import type { SiteDelta } from './edit.js';

/** One adapted linear layer of a LoRA: dW = alpha / rank * up down, fp32, row-major. */
export interface LoraModule {
  readonly dOut: number;
  readonly dIn: number;
  readonly rank: number;
  readonly alpha: number;
  /** A, [rank, dIn]. */
  readonly down: Float32Array;
  /** B, [dOut, rank]. */
  readonly up: Float32Array;
}

/** A low-rank adaptation of a transformer, by the ids of its sites. Immutable. */
export interface LoraAdapter {
  readonly modules: ReadonlyMap<string, LoraModule>;
}

/** What a module adds to its layer's weight when it acts with `weight`: U = weight alpha / rank * up, V = down. */
export function loraDelta({ dOut, dIn, rank, alpha, down, up }: LoraModule, weight = 1): SiteDelta {
  const scale = (weight * alpha) / rank;
  return { kind: 'lowRank', dOut, dIn, rank, u: up.map((value) => scale * value), v: down };
}
