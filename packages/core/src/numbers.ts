import type { DType, NDArray } from '@mokus/graph';
import { fromBf16, fromF16, toBf16, toF16 } from '@mokus/safetensors';
import { type HostTensor, hostTensor } from './tensor.js';

/** A tensor's elements as float64, exactly. */
export function toNDArray({ dtype, shape, data }: HostTensor): NDArray {
  const decode = dtype === 'f16' ? fromF16 : dtype === 'bf16' ? fromBf16 : undefined;
  return { shape, data: decode === undefined ? Float64Array.from(data) : Float64Array.from(data, decode) };
}

/** float64 elements as a tensor, each rounded once to the nearest of its dtype. */
export function fromNDArray({ shape, data }: NDArray, dtype: DType): HostTensor {
  switch (dtype) {
    case 'f32':
      return hostTensor(dtype, shape, Float32Array.from(data));
    case 'f16':
      return hostTensor(dtype, shape, Uint16Array.from(data, toF16));
    case 'bf16':
      return hostTensor(dtype, shape, Uint16Array.from(data, toBf16));
    case 'i32':
      return hostTensor(dtype, shape, Int32Array.from(data));
    case 'bool':
      return hostTensor(dtype, shape, Uint8Array.from(data));
  }
}
