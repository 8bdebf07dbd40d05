import { f32Tensor, type HostTensor } from '@mokus/core';

/**
 * cos and sin of position * theta^(-2 j / headDim) for positions 0 to length - 1 and j < headDim / 2, f32
 * [length, headDim / 2] each, computed in float64 (Su et al. 2021, equation 15).
 */
export function rotaryTable(
  length: number,
  headDim: number,
  theta: number,
): { readonly cos: HostTensor<'f32'>; readonly sin: HostTensor<'f32'> } {
  const half = headDim / 2;
  const frequencies = Array.from({ length: half }, (_, j) => theta ** ((-2 * j) / headDim));
  const table = (turn: (angle: number) => number): HostTensor<'f32'> => {
    const data = new Float32Array(length * half);
    for (let position = 0; position < length; position++) {
      frequencies.forEach((frequency, j) => {
        data[position * half + j] = turn(position * frequency);
      });
    }
    return f32Tensor([length, half], data);
  };
  return { cos: table(Math.cos), sin: table(Math.sin) };
}
