import { type Conditioning, f32Tensor, type HostTensor } from '@mokus/core';

/** One prompt's states [length, hiddenSize] for each of several noise levels. */
export function repeatedStates({ shape, data }: HostTensor<'f32'>, times: number): Conditioning {
  const copies = new Float32Array(data.length * times);
  for (let copy = 0; copy < times; copy++) copies.set(data, copy * data.length);
  return { hiddenStates: f32Tensor([times, ...shape], copies), mask: undefined };
}
