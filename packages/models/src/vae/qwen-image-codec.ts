import {
  f32Tensor,
  type HostTensor,
  type ImageCodec,
  imagesToPixels,
  MokusError,
  requireF32,
  throwIfCancelled,
} from '@mokus/core';
import type { ComponentOptions } from '../component-options.js';
import { readQwenImageVaeConfig } from './config.js';
import { qwenImageVaePrograms } from './programs.js';

const component = 'vae';

/**
 * AutoencoderKLQwenImage for single pictures, fp32. Latents are normalised with the config's latents_mean and
 * latents_std; transparent pixels are composed on white. Throws MokusError `config` (by file and field), `weight`,
 * `unsupported`; its `encode` and `decode` throw `input` for sizes that do not fit.
 */
export async function createQwenImageCodec(options: ComponentOptions): Promise<ImageCodec> {
  const { weights, backend, signal } = options;
  const config = readQwenImageVaeConfig(options.config, options.file ?? `${weights.name}/config.json`);
  const { latentChannels, spatialFactor } = config;
  const module = await backend.load(weights, qwenImageVaePrograms(config), {
    component: options.component ?? component,
    signal,
  });
  return {
    info: { latentChannels, spatialFactor },
    async encode(images, runOptions) {
      throwIfCancelled(runOptions?.signal, 'encoding pictures');
      const pixels = splitFactor(imagesToPixels(images), spatialFactor);
      const { latents } = await module.run('encode', { pixels }, { signal: runOptions?.signal });
      return requireF32(latents as HostTensor, `the ${component}'s latents`);
    },
    async decode(latents, runOptions) {
      throwIfCancelled(runOptions?.signal, 'decoding latents');
      if (latents.shape.length !== 4 || latents.shape[1] !== latentChannels || latents.data.length === 0) {
        const message = `latents are [batch, ${latentChannels}, height, width], got [${latents.shape.join(', ')}]`;
        throw new MokusError('input', message, { field: 'latents' });
      }
      const { pixels } = await module.run('decode', { latents }, { signal: runOptions?.signal });
      return requireF32(pixels as HostTensor, `the ${component}'s pixels`);
    },
    release: () => module.release(),
    dispose: () => module.dispose(),
  };
}

/** [batch, 3, H, W] as [batch, 3, H / factor, factor, W / factor, factor]: the same numbers in the same order. */
function splitFactor(pixels: HostTensor<'f32'>, factor: number): HostTensor<'f32'> {
  const [batch, channels, height, width] = pixels.shape as [number, number, number, number];
  if (height % factor !== 0 || width % factor !== 0) {
    const nearest = (size: number): number => Math.max(factor, Math.round(size / factor) * factor);
    throw new MokusError(
      'input',
      `a picture of ${width} x ${height} cannot be encoded: sides must be multiples of ${factor}; resize it to ${nearest(width)} x ${nearest(height)}`,
      { field: 'images' },
    );
  }
  return f32Tensor([batch, channels, height / factor, factor, width / factor, factor], pixels.data);
}
