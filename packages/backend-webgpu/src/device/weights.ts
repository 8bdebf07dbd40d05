import {
  convertStorage,
  findWeight,
  type StorageDType,
  throwIfCancelled,
  type WeightEntry,
  type WeightStore,
} from '@mokus/core';
import { elementBytes, elementCount, shapeText, type WeightSpec } from '@mokus/graph';
import { Tensor } from 'onnxruntime-web/webgpu';
import { inFours, kernelBuffer } from './buffers.js';
import { withScopes } from './errors.js';
import { checkBytes } from './limits.js';

/** Bytes that are read and converted at a time: a weight is never in host memory as a whole, and no converted one. */
const chunkBytes = 16 * 2 ** 20;
const ortType = { f32: 'float32', f16: 'float16' } as const;

export const storage: readonly StorageDType[] = ['f32', 'f16', 'bf16'];

/** One weight as programs read it. */
function weightKey({ name, dtype }: WeightSpec): string {
  return `${name}:${dtype}`;
}

/** A component's weights in GPU buffers, each uploaded once for all programs that read it in the same dtype. */
export class DeviceWeights {
  readonly #device: GPUDevice;
  readonly #store: WeightStore;
  readonly #tensors = new Map<string, Tensor>();

  constructor(device: GPUDevice, store: WeightStore) {
    this.#device = device;
    this.#store = store;
  }

  /** Throws MokusError `weight`, `unsupported`: see {@link findWeight}, {@link checkBytes}. Nothing is read. */
  check(specs: readonly WeightSpec[]): void {
    for (const spec of specs) {
      findWeight(this.#store, spec, { name: 'webgpu', storage });
      checkBytes(`tensor "${spec.name}" ${spec.dtype}${shapeText(spec.shape)}`, bytesOf(spec), this.#device);
    }
  }

  /** Uploads those that are not there yet, and says which; when one fails, those of this call are taken back. */
  async upload(
    specs: readonly WeightSpec[],
    component: string,
    signal: AbortSignal | undefined,
  ): Promise<readonly WeightSpec[]> {
    const missing = new Map(
      specs.filter((each) => !this.#tensors.has(weightKey(each))).map((each) => [weightKey(each), each]),
    );
    if (missing.size === 0) return [];
    const total = [...missing.values()].reduce((sum, each) => sum + bytesOf(each), 0);
    try {
      await withScopes(this.#device, `uploading ${total} bytes of weights of ${component}`, async () => {
        for (const [key, spec] of missing) {
          throwIfCancelled(signal, `loading ${component}`);
          this.#tensors.set(key, await this.#uploaded(spec));
        }
      });
    } catch (error) {
      this.takeBack([...missing.values()]);
      throw error;
    }
    return [...missing.values()];
  }

  /** Frees what an upload brought. */
  takeBack(specs: readonly WeightSpec[]): void {
    for (const spec of specs) this.#drop(weightKey(spec));
  }

  get(spec: WeightSpec): Tensor {
    return this.#tensors.get(weightKey(spec)) as Tensor;
  }

  destroy(): void {
    for (const key of [...this.#tensors.keys()]) this.#drop(key);
  }

  #drop(key: string): void {
    this.#tensors.get(key)?.gpuBuffer.destroy();
    this.#tensors.delete(key);
  }

  async #uploaded(spec: WeightSpec): Promise<Tensor> {
    const entry = findWeight(this.#store, spec, { name: 'webgpu', storage });
    const dtype = spec.dtype as keyof typeof ortType;
    const buffer = kernelBuffer(this.#device, bytesOf(spec));
    try {
      await this.#fill(buffer, entry, dtype);
    } catch (error) {
      buffer.destroy();
      throw error;
    }
    return Tensor.fromGpuBuffer(buffer, { dataType: ortType[dtype], dims: [...spec.shape] });
  }

  async #fill(buffer: GPUBuffer, entry: WeightEntry, dtype: keyof typeof ortType): Promise<void> {
    const count = entry.length / elementBytes[entry.dtype];
    const step = chunkBytes / 4;
    for (let at = 0; at < count; at += step) {
      const elements = Math.min(step, count - at);
      const stored = await entry.source.read(
        entry.offset + at * elementBytes[entry.dtype],
        elements * elementBytes[entry.dtype],
      );
      const bytes = convertStorage(stored, entry.dtype, dtype);
      this.#device.queue.writeBuffer(buffer, at * elementBytes[dtype], inFours(bytes));
    }
  }
}

function bytesOf({ shape, dtype }: WeightSpec): number {
  return elementBytes[dtype] * elementCount(shape);
}
