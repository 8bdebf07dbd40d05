import { type DeviceTensor, type HostTensor, MokusError } from '@mokus/core';
import type { DType } from '@mokus/graph';
import { fromOrt } from '@mokus/onnx';
import type { Tensor as OrtTensor } from 'onnxruntime-web/webgpu';
import type { OpenDevice } from './open-device.js';
import { requireDevice } from './open-device.js';
import { inTurn } from './turns.js';

/** A result that stays on the GPU. */
export class WebgpuTensor implements DeviceTensor {
  readonly location = 'device';
  readonly backend = 'webgpu';
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly #what: string;
  readonly #open: OpenDevice;
  #tensor: OrtTensor | undefined;

  constructor(tensor: OrtTensor, dtype: DType, open: OpenDevice, what: string) {
    this.#tensor = tensor;
    this.dtype = dtype;
    this.shape = [...tensor.dims];
    this.#open = open;
    this.#what = what;
  }

  /** What onnxruntime is fed. Throws MokusError `disposed`, `device-lost`. */
  get tensor(): OrtTensor {
    requireDevice(this.#open, this.#what);
    if (this.#tensor === undefined) throw new MokusError('disposed', `${this.#what} was disposed`);
    return this.#tensor;
  }

  read(): Promise<HostTensor> {
    return inTurn(() => fromOrt(this.tensor, this.dtype, this.#what));
  }

  dispose(): void {
    const tensor = this.#tensor;
    this.#tensor = undefined;
    // In a turn: onnxruntime frees the buffer.
    if (tensor !== undefined) void inTurn(async () => tensor.dispose());
  }
}
