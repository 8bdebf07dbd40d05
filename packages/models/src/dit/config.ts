import type { Json } from '@mokus/core';
import { ConfigReader } from '../config-reader.js';

/** Sizes of a QwenImageTransformer2DModel. */
export interface QwenImageTransformerConfig {
  readonly patchSize: number;
  /** Channels of a packed latent token, in and out. */
  readonly inChannels: number;
  readonly layers: number;
  readonly heads: number;
  readonly headDim: number;
  /** heads * headDim. */
  readonly hiddenSize: number;
  /** Size of the text encoder's hidden states. */
  readonly conditioningSize: number;
  /** Dims of a head that frame, row and column position turn; their sum is headDim. */
  readonly ropeAxes: readonly [frame: number, row: number, column: number];
}

/**
 * Reads transformer/config.json. Missing fields take diffusers' defaults. Throws MokusError `config`, naming file and
 * field, for the variants that are not honoured and for sizes that do not fit each other.
 */
export function readQwenImageTransformerConfig(config: Json, file: string): QwenImageTransformerConfig {
  const reader: ConfigReader = new ConfigReader(config, file);
  reader.mustBeOff('zero_cond_t', 'models that modulate at t and at 0 are not supported; set it to false');
  reader.mustBeOff('use_additional_t_cond', 'an additional time condition is not supported; set it to false');
  reader.mustBeOff('use_layer3d_rope', 'positions of layered pictures are not supported; set it to false');
  reader.mustBeOff('guidance_embeds', 'guidance-distilled models are not supported; set it to false');
  const patchSize = reader.size('patch_size', 2);
  const inChannels = reader.size('in_channels', 64);
  const outChannels = reader.has('out_channels') ? reader.size('out_channels') : inChannels;
  if (patchSize ** 2 * outChannels !== inChannels) {
    const expected = `patch_size^2 * out_channels must be in_channels, got ${patchSize}^2 * ${outChannels} and ${inChannels}`;
    reader.refuse('out_channels', `${expected}: a velocity has the latents' shape`);
  }
  const heads = reader.size('num_attention_heads', 24);
  const headDim = reader.size('attention_head_dim', 128);
  const [frame, row, column, ...more] = reader.sizes('axes_dims_rope', [16, 56, 56]);
  if (frame === undefined || row === undefined || column === undefined || more.length > 0) {
    reader.refuse('axes_dims_rope', 'it must have three entries: frame, row, column');
  }
  if (frame + row + column !== headDim || [frame, row, column].some((axis) => axis % 2 !== 0)) {
    reader.refuse('axes_dims_rope', `its entries must be even and sum to attention_head_dim ${headDim}`);
  }
  return {
    patchSize,
    inChannels,
    layers: reader.count('num_layers', 60),
    heads,
    headDim,
    hiddenSize: heads * headDim,
    conditioningSize: reader.size('joint_attention_dim', 3584),
    ropeAxes: [frame, row, column],
  };
}
