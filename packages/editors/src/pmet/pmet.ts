import type { Editor } from '@mokus/core';
import { type MemitOptions, type MemitSettings, spreadingEditor } from '../memit/memit.js';

/** The options that are plain values: what a preset holds. */
export type PmetSettings = MemitSettings;

export type PmetOptions = MemitOptions;

/**
 * PMET (Li et al. 2024): as MEMIT, but a shift is sought for what the MLP and for what the attention of the last edited
 * layer adds to the hidden state, together; only the MLP's target h0 + d is used, and a layer's share of the way to it
 * is R / sqrt(layers left).
 *
 * Options, errors and guarantees are those of `memit`.
 */
export function pmet(options: PmetOptions = {}): Editor {
  return spreadingEditor('pmet', options, { parts: ['mlp', 'attention'], divisor: Math.sqrt });
}
