import { type HostDataOf, type HostTensor, hostTensor, MokusError } from '@mokus/core';
import type { DType } from '@mokus/graph';
import type { Tensor as OrtTensor, TensorConstructor } from 'onnxruntime-common';

const ortTypeOf = { f32: 'float32', f16: 'float16', i32: 'int32', bool: 'bool' } as const;

function ortType(dtype: DType): (typeof ortTypeOf)[keyof typeof ortTypeOf] {
  if (dtype !== 'bf16') return ortTypeOf[dtype];
  throw new MokusError('unsupported', 'onnxruntime takes no bf16 inputs or outputs; cast to f32 inside the program');
}

/** Newer JavaScript engines have an array for f16, and onnxruntime then wants that one; the bits are the same. */
interface Float16Global {
  readonly Float16Array?: new (buffer: ArrayBufferLike, byteOffset: number, length: number) => Uint16Array;
}

/** A view of the tensor's data; nothing is copied. */
export function toOrt(Tensor: TensorConstructor, { dtype, shape, data }: HostTensor): OrtTensor {
  const Float16 = (globalThis as Float16Global).Float16Array;
  if (dtype !== 'f16' || Float16 === undefined) return new Tensor(ortType(dtype), data as Uint8Array, shape);
  const given = new Float16(data.buffer, data.byteOffset, data.length);
  const tensor = new Tensor(ortType(dtype), given as unknown as Uint8Array, shape);
  // onnxruntime-node 1.29 sees no bytes in such an array; what it and onnxruntime-web read is `data`.
  return Object.defineProperty(tensor, 'data', { value: data });
}

/** What came back, checked for its type. */
export async function fromOrt(tensor: OrtTensor, dtype: DType, what: string): Promise<HostTensor> {
  if (tensor.type !== ortType(dtype)) {
    throw new MokusError('backend', `${what} came back as ${tensor.type}, expected ${dtype}`);
  }
  const data = (await tensor.getData()) as HostDataOf[DType];
  const bits = dtype === 'f16' ? new Uint16Array(data.buffer, data.byteOffset, data.length) : data;
  return hostTensor(dtype, [...tensor.dims], bits);
}
