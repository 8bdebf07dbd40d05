import type { HostTensor } from '@mokus/core';

/** A buffer that kernels read, which onnxruntime copies in whole blocks of 16 bytes. */
export function kernelBuffer(device: GPUDevice, bytes: number): GPUBuffer {
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  return device.createBuffer({ size: 16 * Math.max(1, Math.ceil(bytes / 16)), usage });
}

/** The same bytes, zeros filling the last word: a queue writes whole ones. */
export function inFours(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const size = 4 * Math.ceil(bytes.length / 4);
  // Shared memory is not taken; a page that is not cross-origin isolated does not even have the name.
  if (size === bytes.length && bytes.buffer instanceof ArrayBuffer) return bytes as Uint8Array<ArrayBuffer>;
  const whole = new Uint8Array(size);
  whole.set(bytes);
  return whole;
}

/** A tensor's numbers as the bytes that they are. */
export function bytesOf({ data }: HostTensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
