import { type DType, elementCount } from '@mokus/graph';
import { MokusError } from './errors.js';

/** Element storage of a host tensor: f16 and bf16 as their bits, bool as 0 and 1. */
export interface HostDataOf {
  f32: Float32Array;
  f16: Uint16Array;
  bf16: Uint16Array;
  i32: Int32Array;
  bool: Uint8Array;
}

/** A dense row-major array in host memory. */
export interface HostTensor<D extends DType = DType> {
  readonly location: 'host';
  readonly dtype: D;
  readonly shape: readonly number[];
  readonly data: HostDataOf[D];
}

/** A tensor that stays where a backend computed it: it can be fed to the same backend, or read. */
export interface DeviceTensor<D extends DType = DType> {
  readonly location: 'device';
  readonly dtype: D;
  readonly shape: readonly number[];
  /** The backend that owns it. */
  readonly backend: string;
  read(): Promise<HostTensor<D>>;
  dispose(): void;
}

export type Tensor<D extends DType = DType> = HostTensor<D> | DeviceTensor<D>;

/** A tensor's numbers in host memory, wherever it is. */
export async function hostOf(tensor: Tensor): Promise<HostTensor> {
  return tensor.location === 'host' ? tensor : tensor.read();
}

/** Frees those of the tensors that lie on a device; the host's own are left to the garbage collector. */
export function disposeTensors(tensors: Iterable<Tensor>): void {
  for (const tensor of tensors) if (tensor.location === 'device') tensor.dispose();
}

const arrays = { f32: Float32Array, f16: Uint16Array, bf16: Uint16Array, i32: Int32Array, bool: Uint8Array };

/** A host tensor; throws MokusError `input` when the data's length or type does not fit. */
export function hostTensor<D extends DType>(dtype: D, shape: readonly number[], data: HostDataOf[D]): HostTensor<D> {
  const size = elementCount(shape);
  if (data.length !== size || !(data instanceof arrays[dtype])) {
    throw new MokusError(
      'input',
      `a ${dtype} tensor of shape [${shape.join(', ')}] needs a ${arrays[dtype].name} of ${size}, got ${data.constructor.name} of ${data.length}`,
    );
  }
  return { location: 'host', dtype, shape, data };
}

export function f32Tensor(shape: readonly number[], data: Float32Array | readonly number[]): HostTensor<'f32'> {
  return hostTensor('f32', shape, data instanceof Float32Array ? data : Float32Array.from(data));
}

export function i32Tensor(shape: readonly number[], data: Int32Array | readonly number[]): HostTensor<'i32'> {
  return hostTensor('i32', shape, data instanceof Int32Array ? data : Int32Array.from(data));
}

export function boolTensor(shape: readonly number[], data: Uint8Array | readonly boolean[]): HostTensor<'bool'> {
  return hostTensor('bool', shape, data instanceof Uint8Array ? data : Uint8Array.from(data, Number));
}

export function zerosTensor<D extends DType>(dtype: D, shape: readonly number[]): HostTensor<D> {
  return hostTensor(dtype, shape, new arrays[dtype](elementCount(shape)) as HostDataOf[D]);
}

/** Throws MokusError `backend` unless the tensor is an f32 one; used on a backend's outputs. */
export function requireF32(tensor: HostTensor, what: string): HostTensor<'f32'> {
  if (tensor.dtype !== 'f32')
    throw new MokusError(
      'backend',
      `${what} came back as ${tensor.dtype}, expected f32: is the backend right? testBackend tells`,
    );
  return tensor as HostTensor<'f32'>;
}
