import type { Json } from '@mokus/core';
import { ConfigReader } from '../config-reader.js';

/** Sizes of an AutoencoderKLQwenImage, and how its latents are normalised. */
export interface QwenImageVaeConfig {
  readonly baseDim: number;
  readonly latentChannels: number;
  /** Channels of each level, as multiples of baseDim, from the picture down. */
  readonly multipliers: readonly number[];
  readonly residualBlocks: number;
  /** Pixels per latent position, each way: 2^(levels - 1). */
  readonly spatialFactor: number;
  /** Per latent channel: a latent z is normalised as (z - mean) / std. */
  readonly latentsMean: readonly number[];
  readonly latentsStd: readonly number[];
}

/** Values of the released model, which diffusers takes for fields that are missing. */
const released = {
  mean: [
    -0.7571, -0.7089, -0.9113, 0.1075, -0.1745, 0.9653, -0.1517, 1.5508, 0.4134, -0.0715, 0.5517, -0.3632, -0.1922,
    -0.9497, 0.2503, -0.2921,
  ],
  std: [
    2.8184, 1.4541, 2.3275, 2.6558, 1.2196, 1.7708, 2.6052, 2.0743, 3.2687, 2.1526, 2.8652, 1.5579, 1.6382, 1.1253,
    2.8251, 1.916,
  ],
};

/**
 * Reads vae/config.json. Missing fields take diffusers' defaults. Throws MokusError `config`, naming file and field, for
 * variants that are not honoured and for lists whose lengths do not fit each other.
 */
export function readQwenImageVaeConfig(config: Json, file: string): QwenImageVaeConfig {
  const reader: ConfigReader = new ConfigReader(config, file);
  if (reader.list('attn_scales', []).length > 0) {
    reader.refuse('attn_scales', 'attention between the levels is not supported; set it to []');
  }
  if (reader.size('input_channels', 3) !== 3) {
    reader.refuse('input_channels', 'only pictures of three channels are supported; set it to 3');
  }
  const multipliers = reader.sizes('dim_mult', [1, 2, 4, 4]);
  const downsamples = reader.list('temperal_downsample', [false, true, true]);
  if (downsamples.length !== multipliers.length - 1) {
    const expected = `it must have one entry less than dim_mult (${multipliers.length - 1})`;
    reader.refuse('temperal_downsample', `${expected}: one for each halving of the picture`);
  }
  const latentChannels = reader.size('z_dim', 16);
  const perChannel = (field: string, fallback: readonly number[]): readonly number[] => {
    const values = reader.numbers(field, fallback);
    if (values.length !== latentChannels) reader.refuse(field, `it must have z_dim = ${latentChannels} entries`);
    return values;
  };
  const latentsStd = perChannel('latents_std', released.std);
  if (latentsStd.some((std) => std <= 0)) reader.refuse('latents_std', 'its entries must be above 0');
  return {
    baseDim: reader.size('base_dim', 96),
    latentChannels,
    multipliers,
    residualBlocks: reader.count('num_res_blocks', 2),
    spatialFactor: 2 ** downsamples.length,
    latentsMean: perChannel('latents_mean', released.mean),
    latentsStd,
  };
}
