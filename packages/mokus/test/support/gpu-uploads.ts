/** Uploads to GPU devices of this process, from {@link watchUploads} on. */
export interface WatchedUploads {
  /** Bytes of each: what a queue writes, and buffers that are made with their contents. */
  readonly sizes: number[];
  stop(): void;
}

/** Watches the WebGPU classes of this process: `provideWebgpu` of `@mokus/backend-webgpu/node` made them. */
export function watchUploads(): WatchedUploads {
  const sizes: number[] = [];
  const { createBuffer } = GPUDevice.prototype;
  const { writeBuffer } = GPUQueue.prototype;
  GPUDevice.prototype.createBuffer = function (this: GPUDevice, descriptor) {
    if (descriptor.mappedAtCreation === true) sizes.push(descriptor.size);
    return createBuffer.call(this, descriptor);
  };
  GPUQueue.prototype.writeBuffer = function (this: GPUQueue, buffer, offset, data, ...range): undefined {
    sizes.push(data.byteLength);
    return writeBuffer.call(this, buffer, offset, data, ...range);
  };
  return {
    sizes,
    stop() {
      Object.assign(GPUDevice.prototype, { createBuffer });
      Object.assign(GPUQueue.prototype, { writeBuffer });
    },
  };
}
