/**
 * The WebGPU provider of onnxruntime-web, on a browser's GPU or, after `provideWebgpu` of the `node` entry, in Node.
 *
 * @packageDocumentation
 */
import { type Backend, MokusError } from '@mokus/core';
import type { Program } from '@mokus/graph';
import { lowerAlone } from '@mokus/onnx';
import type { ReadyProgram } from './device/loaded.js';
import { DeviceModule } from './device/module.js';
import { storage } from './device/weights.js';
import { webgpuLowerings } from './lowering/lowerings.js';
import { requireOnGpu } from './lowering/placement.js';

export { nodesOnCpu } from './lowering/placement.js';
export { webgpuLowerings };

export interface WebgpuBackendOptions {
  /** Lets nodes that have no GPU kernel run on the CPU, at the price of copies. Default: false, they are refused. */
  readonly allowCpu?: boolean | undefined;
}

/**
 * Runs programs in f32 on the GPU that `navigator.gpu` gives. Weights are read through their sources, converted while they load
 * (the runtime has no bf16), and lie on the GPU once for all programs that read them. `runOnDevice` leaves results there.
 *
 * Throws MokusError `backend` where there is no WebGPU. Its modules throw, besides what every backend's do: `unsupported`
 * for a tensor beyond the GPU's binding limit and for a node without a GPU kernel; `backend` for GPU errors;
 * `device-lost`, after which the next call opens another device and loads the weights again.
 */
export function webgpuBackend({ allowCpu = false }: WebgpuBackendOptions = {}): Backend {
  if (!hasWebgpu()) {
    throw new MokusError(
      'backend',
      'this environment has no navigator.gpu; in Node call provideWebgpu() of @mokus/backend-webgpu/node first',
      { backend: 'webgpu' },
    );
  }
  const target = { backend: 'webgpu', compute: ['f32'], lowerings: webgpuLowerings } as const;
  const prepare = (name: string, program: Program): ReadyProgram => {
    const lowered = lowerAlone(name, program, target);
    if (!allowCpu) requireOnGpu(name, lowered.graph);
    return { program, lowered };
  };
  return {
    name: 'webgpu',
    capabilities: () => ({ device: 'webgpu', compute: ['f32'], storage }),
    load: (weights, programs, options = {}) => DeviceModule.load(weights, programs, options, prepare),
  };
}

function hasWebgpu(): boolean {
  return 'navigator' in globalThis && 'gpu' in navigator && navigator.gpu !== undefined;
}
