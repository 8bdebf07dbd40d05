import { f32Tensor, type HostTensor, packLatents, seededNoise, type TextToImagePipeline, unpackLatents } from '@mokus/core';

/** What a pipeline draws for a check in Python, which starts from the same initial latents (`draw` of diffusers_check.py). */
export interface DrawnPixels {
  /** Initial latents, [1, channels, height, width]. */
  readonly noise: HostTensor<'f32'>;
  /** The picture, [1, 3, height, width] in 0 to 1. */
  readonly pixels: HostTensor<'f32'>;
}

/** Draws a prompt from the seed's noise, at `latentSize` latent positions a side. */
export async function drawnPixels(
  pipeline: TextToImagePipeline,
  prompt: string,
  { seed, steps, latentSize }: { readonly seed: number; readonly steps: number; readonly latentSize: number },
): Promise<DrawnPixels> {
  const { dit, imageCodec } = pipeline.components;
  const { patchSize } = dit.info;
  const { latentChannels } = imageCodec.info;
  const grid = { height: latentSize / patchSize, width: latentSize / patchSize };
  const values = seededNoise(seed).normals(latentChannels * latentSize ** 2);
  const noise = f32Tensor([1, latentChannels, latentSize, latentSize], values);
  const { latents } = await pipeline.generate({ prompt, steps, latents: packLatents(noise, patchSize) });
  const { shape, data } = await imageCodec.decode(unpackLatents(latents, grid, patchSize));
  return { noise, pixels: f32Tensor(shape, data.map((value) => Math.min(1, Math.max(0, (value + 1) / 2)))) };
}
