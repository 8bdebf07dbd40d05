import { f32Tensor, type HostTensor } from '@mokus/core';

/** Size of the sinusoidal embedding of a noise level; fixed in the architecture. */
export const timeEmbeddingSize = 256;

/**
 * [cos(1000 t f_i), sin(1000 t f_i)] with f_i = 10000^(-i/128), i < 128, for each noise level t: f32 [batch, 256].
 * Computed in float64, for 1000 t f loses its fraction in less.
 */
export function timeEmbedding(sigmas: readonly number[]): HostTensor<'f32'> {
  const half = timeEmbeddingSize / 2;
  const data = sigmas.flatMap((sigma) => {
    const angles = Array.from({ length: half }, (_, i) => 1000 * sigma * 10_000 ** (-i / half));
    return [...angles.map(Math.cos), ...angles.map(Math.sin)];
  });
  return f32Tensor([sigmas.length, timeEmbeddingSize], data);
}
