import { ConfigReader } from '../config-reader.js';

/** The rotary embedding of a decoder: its base and how its frequencies are stretched for longer sequences. */
export interface RotaryConfig {
  readonly theta: number;
  readonly scaling: RotaryScaling;
}

export type RotaryScaling =
  | { readonly kind: 'none' }
  /** Frequencies divided by `factor`. */
  | { readonly kind: 'linear'; readonly factor: number }
  /**
   * Llama 3.1: waves longer than originalPositions / lowFrequencyFactor are stretched by `factor`, those shorter than
   * originalPositions / highFrequencyFactor stay, those between are mixed.
   */
  | {
      readonly kind: 'llama3';
      readonly factor: number;
      readonly lowFrequencyFactor: number;
      readonly highFrequencyFactor: number;
      readonly originalPositions: number;
    }
  /** YaRN (Peng et al. 2023): a ramp between dimensions that turn betaFast and betaSlow times, and hotter attention. */
  | {
      readonly kind: 'yarn';
      readonly factor: number;
      readonly betaFast: number;
      readonly betaSlow: number;
      /** Whether the ramp's ends are rounded to whole dimensions. */
      readonly truncate: boolean;
      readonly originalPositions: number;
      /** What cos and sin are multiplied by. */
      readonly attentionFactor: number;
    };

/**
 * Of `rope_theta` at the top, and of `rope_scaling` or `rope_parameters`: both spellings that transformers has used. The
 * kind 'mrope' with text alone is the default one, since all three of its positions are the token's; so is 'dynamic' up to
 * max_position_embeddings, and longer sequences are refused.
 */
export function readRotaryConfig(
  reader: ConfigReader,
  file: string,
  defaults: { readonly theta: number; readonly maxPositions: number },
): RotaryConfig {
  // As in transformers: rope_scaling comes first unless it is empty.
  const isOlder = Object.keys(reader.object('rope_scaling', {})).length > 0;
  const field = isOlder ? 'rope_scaling' : 'rope_parameters';
  const rope = new ConfigReader(reader.object(field, {}), `${file}: ${field}`);
  for (const each of [reader, rope]) {
    if (each.number('partial_rotary_factor', 1) !== 1) {
      each.refuse('partial_rotary_factor', 'only 1 is implemented');
    }
  }
  const theta = positive(rope, 'rope_theta', positive(reader, 'rope_theta', defaults.theta));
  return {
    theta,
    scaling: readScaling(rope, () =>
      reader.size(
        'original_max_position_embeddings',
        rope.size('original_max_position_embeddings', defaults.maxPositions),
      ),
    ),
  };
}

function readScaling(rope: ConfigReader, originalPositions: () => number): RotaryScaling {
  const field = rope.has('rope_type') ? 'rope_type' : 'type';
  const kind = rope.oneOf(field, ['default', 'mrope', 'dynamic', 'linear', 'llama3', 'yarn'], 'default');
  switch (kind) {
    case 'linear':
      return { kind, factor: positive(rope, 'factor') };
    case 'llama3': {
      const lowFrequencyFactor = positive(rope, 'low_freq_factor');
      const highFrequencyFactor = positive(rope, 'high_freq_factor');
      if (highFrequencyFactor <= lowFrequencyFactor)
        rope.refuse('high_freq_factor', 'it must be above low_freq_factor');
      return {
        kind,
        factor: positive(rope, 'factor'),
        lowFrequencyFactor,
        highFrequencyFactor,
        originalPositions: originalPositions(),
      };
    }
    case 'yarn': {
      const factor = positive(rope, 'factor');
      return {
        kind,
        factor,
        betaFast: positive(rope, 'beta_fast', 32),
        betaSlow: positive(rope, 'beta_slow', 1),
        truncate: rope.boolean('truncate', true),
        originalPositions: originalPositions(),
        attentionFactor: positive(rope, 'attention_factor', yarnAttentionFactor(rope, factor)),
      };
    }
    default:
      return { kind: 'none' };
  }
}

/** 0.1 ln(factor) + 1 (YaRN, equation 22), or a ratio of two such where the config weighs them. */
function yarnAttentionFactor(rope: ConfigReader, factor: number): number {
  const temperature = (weight: number): number => (factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1);
  const weights = [rope.number('mscale', 0), rope.number('mscale_all_dim', 0)] as const;
  return weights.includes(0) ? temperature(1) : temperature(weights[0]) / temperature(weights[1]);
}

function positive(reader: ConfigReader, field: string, fallback?: number): number {
  const value = reader.number(field, fallback);
  if (value <= 0) reader.refuse(field, 'it must be above 0');
  return value;
}
