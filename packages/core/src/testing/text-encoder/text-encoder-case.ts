import type { TextEncoder } from '../../text-encoder.js';

/** A named check of a text encoder: rejects with what is wrong. */
export interface TextEncoderCase {
  readonly name: string;
  readonly run: (encoder: TextEncoder, tolerances: TextEncoderTolerances) => Promise<void>;
}

/** Allowed errors, as shares of the largest magnitude. */
export interface TextEncoderTolerances {
  /** Between two ways to compute the same. */
  readonly same: number;
  /** Between a gradient and central differences of a forward pass. */
  readonly gradient: number;
}
