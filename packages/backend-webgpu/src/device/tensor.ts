import { type DeviceTensor, type HostTensor, MokusError, type Tensor } from '@mokus/core';
import type { DType } from '@mokus/graph';
import { fromOrt } from '@mokus/onnx';
import { Tensor as OrtTensor } from 'onnxruntime-web/webgpu';
import { bytesOf, inFours, kernelBuffer } from './buffers.js';
import { checkBytes } from './limits.js';
import { type OpenDevice, onDevice, requireDevice } from './open-device.js';
import type { WebgpuPrecision } from './precision.js';
import { inTurn } from './turns.js';

/** Where a result comes from: for messages, and how far it is to be trusted. */
export interface ResultOrigin {
  readonly what: string;
  readonly precision: WebgpuPrecision;
}

/** A result in host memory. Throws MokusError `backend` for one in f16 that holds what is no number. */
export async function hostResult(
  tensor: OrtTensor,
  dtype: DType,
  { what, precision }: ResultOrigin,
): Promise<HostTensor> {
  const result = await fromOrt(tensor, dtype, what);
  if (precision === 'f16' && result.data.some(Number.isNaN)) {
    throw new MokusError(
      'backend',
      `${what} came out as NaN: numbers beyond 65504, the largest of f16, arose on the way; compute in f32 (precision: 'f32')`,
      { backend: 'webgpu' },
    );
  }
  return result;
}

const ortTypes = { f32: 'float32', f16: 'float16', i32: 'int32' } as const;

/**
 * A tensor of the host on the GPU, or as it is where there is nothing to place or no kernel would read it. Call it in a
 * turn. Throws MokusError `unsupported` for one beyond the binding limit.
 */
export function placedTensor(tensor: HostTensor, open: OpenDevice, origin: ResultOrigin): Tensor {
  const dataType = ortTypes[tensor.dtype as keyof typeof ortTypes];
  if (tensor.data.length === 0 || dataType === undefined) return tensor;
  const bytes = bytesOf(tensor);
  checkBytes(origin.what, bytes.length, open.device);
  const buffer = kernelBuffer(open.device, bytes.length);
  open.device.queue.writeBuffer(buffer, 0, inFours(bytes));
  const placed = OrtTensor.fromGpuBuffer(buffer, {
    dataType,
    dims: [...tensor.shape],
    download: async () => tensor.data as never,
    dispose: () => buffer.destroy(),
  });
  return new WebgpuTensor(placed, tensor.dtype, open, origin);
}

/** A result that stays on the GPU, or what was placed there. */
export class WebgpuTensor implements DeviceTensor {
  readonly location = 'device';
  readonly backend = 'webgpu';
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly #origin: ResultOrigin;
  readonly #open: OpenDevice;
  #tensor: OrtTensor | undefined;

  constructor(tensor: OrtTensor, dtype: DType, open: OpenDevice, origin: ResultOrigin) {
    this.#tensor = tensor;
    this.dtype = dtype;
    this.shape = [...tensor.dims];
    this.#open = open;
    this.#origin = origin;
  }

  /** What onnxruntime is fed. Throws MokusError `disposed`, `device-lost`. */
  get tensor(): OrtTensor {
    const { what } = this.#origin;
    requireDevice(this.#open, what);
    if (this.#tensor === undefined) throw new MokusError('disposed', `${what} was disposed; compute or place it again`);
    return this.#tensor;
  }

  read(): Promise<HostTensor> {
    const { what } = this.#origin;
    return inTurn(() =>
      onDevice(this.#open, `reading ${what}`, () => hostResult(this.tensor, this.dtype, this.#origin)),
    );
  }

  dispose(): void {
    const tensor = this.#tensor;
    this.#tensor = undefined;
    if (tensor === undefined) return;
    // In a turn: onnxruntime frees the buffer. One of a device that is gone went with it.
    void inTurn(async () => tensor.dispose()).catch((error: unknown) => {
      if (this.#open.lost === undefined) throw error;
    });
  }
}
