import { MokusError, type WeightStore } from '@mokus/core';

/** How a checkpoint spells a decoder's tensors: the body's prefix, and the output projection. */
export interface DecoderWeightNames {
  /** Before `embed_tokens`, `layers.0` ..., `norm`. */
  readonly prefix: string;
  readonly outputProjection: string;
}

const prefixes = ['model.', 'model.language_model.', 'language_model.model.', ''];
const outputProjections = ['lm_head.weight', 'language_model.lm_head.weight'];

/**
 * Finds the spelling that a checkpoint uses; a vision tower beside it (`visual.*`) is left alone. Throws MokusError
 * `weight` when there are no token embeddings under any.
 */
export function findDecoderWeights(weights: WeightStore): DecoderWeightNames {
  const prefix = prefixes.find((each) => weights.get(`${each}embed_tokens.weight`) !== undefined);
  if (prefix === undefined) {
    const tried = prefixes.map((each) => `${each}embed_tokens.weight`).join(', ');
    throw new MokusError('weight', `${weights.name} has no token embeddings: none of ${tried}`, {
      file: weights.name,
      tensor: `${prefixes[0]}embed_tokens.weight`,
    });
  }
  const outputProjection = outputProjections.find((name) => weights.get(name) !== undefined) ?? 'lm_head.weight';
  return { prefix, outputProjection };
}
