/**
 * The CUDA provider of onnxruntime-node.
 *
 * @packageDocumentation
 */
import { type Backend, MokusError, requireKnown } from '@mokus/core';
import { onnxBackend } from '@mokus/onnx';
import { freeBytes } from './memory.js';
import { missingCudaParts } from './missing.js';
import type { CudaBackendOptions } from './options.js';
import { cudaRuntime } from './runtime.js';

export { loaderError, type MissingPart, missingCudaParts } from './missing.js';
export type { CudaBackendOptions } from './options.js';
export { suspectCudaPart } from './suspect.js';

/**
 * Runs programs on an NVIDIA GPU, in f32 or, where `precision` says so, in f16 or bf16. The weights of a component lie on
 * the GPU once, for all its programs.
 *
 * Throws MokusError `backend` naming each library that is missing and what mends it, `input` for an option that is
 * unknown or out of its range. Its modules throw, besides what every backend's do: `backend` for weights that do not fit (before they are
 * loaded, with both numbers) and for a node that would run on the CPU, by its operation.
 */
export function cudaBackend(options: CudaBackendOptions = {}): Backend {
  checkOptions(options);
  const missing = missingCudaParts();
  if (missing.length > 0) {
    const list = missing.map(({ part, mend }) => `${part} (${mend})`).join('; ');
    throw new MokusError('backend', `CUDA does not work here, for want of: ${list}`, { backend: 'cuda' });
  }
  const { deviceId = 0 } = options;
  return {
    ...onnxBackend(cudaRuntime(options), { device: `cuda:${deviceId}` }),
    availableBytes: () => freeBytes(deviceId),
  };
}

function checkOptions(options: CudaBackendOptions): void {
  const { deviceId = 0, precision = 'f32', memoryLimit, allowCpu } = options;
  requireKnown('cudaBackend', options, { deviceId, precision, memoryLimit, allowCpu });
  const refuse = (field: string, message: string): never => {
    throw new MokusError('input', `cudaBackend: ${message}`, { field, backend: 'cuda' });
  };
  if (!Number.isSafeInteger(deviceId) || deviceId < 0)
    refuse('deviceId', `deviceId is a whole number, got ${deviceId}`);
  if (!['f32', 'f16', 'bf16'].includes(precision)) {
    refuse('precision', `precision is f32, f16 or bf16, got '${precision}'`);
  }
  if (memoryLimit !== undefined && !(memoryLimit > 0)) {
    refuse('memoryLimit', `memoryLimit is a number of bytes above 0, got ${memoryLimit}`);
  }
}
