/**
 * The WebGPU provider of onnxruntime-web, on a browser's GPU or, after `provideWebgpu` of the `node` entry, in Node.
 *
 * @packageDocumentation
 */
import { type Backend, MokusError, requireKnown } from '@mokus/core';
import { DeviceModule, type PrepareProgram } from './device/module.js';
import { choosePrecision, type WebgpuPrecision } from './device/precision.js';
import { storage } from './device/weights.js';
import { webgpuLowerings } from './lowering/lowerings.js';
import { preparer } from './lowering/prepare.js';

export { nodesOnCpu } from './lowering/placement.js';
export { type WebgpuPrecision, webgpuLowerings };

export interface WebgpuBackendOptions {
  /**
   * What programs in f32 are computed in, with weights of that type; operations without a kernel in it stay in f32.
   * Default: 'f16' where the adapter has the feature shader-f16, else 'f32'.
   */
  readonly precision?: WebgpuPrecision | undefined;
  /** Lets nodes that have no GPU kernel run on the CPU, at the price of copies. Default: false, they are refused. */
  readonly allowCpu?: boolean | undefined;
}

/**
 * Runs programs that are written in f32 on the GPU that `navigator.gpu` gives, in f16 or f32. Weights are read through
 * their sources, converted while they load (the runtime has no bf16), and lie on the GPU once for all programs that read
 * them. `runOnDevice` leaves results there.
 *
 * Throws MokusError `backend` where there is no WebGPU, `input` for an option that is unknown and a precision that
 * is neither. Its modules throw, besides what every backend's do: `unsupported` for f16 on an adapter that lacks it, for a tensor beyond the GPU's
 * binding limit and for a node without a GPU kernel; `backend` for GPU errors, and for results in f16 that are no numbers;
 * `device-lost`, after which the next call opens another device and loads the weights again.
 */
export function webgpuBackend(options: WebgpuBackendOptions = {}): Backend {
  const { precision, allowCpu = false } = options;
  requireKnown('webgpuBackend', options, { precision, allowCpu });
  if (!hasWebgpu()) {
    throw new MokusError(
      'backend',
      'this environment has no navigator.gpu; in Node call provideWebgpu() of @mokus/backend-webgpu/node first',
      { backend: 'webgpu' },
    );
  }
  if (precision !== undefined && precision !== 'f16' && precision !== 'f32') {
    throw new MokusError('input', `webgpuBackend: precision is f16 or f32, got '${precision}'`, {
      field: 'precision',
      backend: 'webgpu',
    });
  }
  const prepare = async (): Promise<PrepareProgram> => preparer(await choosePrecision(precision), allowCpu);
  // What the adapter has is known only once it is open: f16 is claimed where it is insisted on.
  const compute = precision === 'f16' ? (['f32', 'f16'] as const) : (['f32'] as const);
  return {
    name: 'webgpu',
    capabilities: () => ({ device: 'webgpu', compute, storage }),
    load: (weights, programs, loading = {}) => DeviceModule.load(weights, programs, loading, prepare),
  };
}

function hasWebgpu(): boolean {
  return 'navigator' in globalThis && 'gpu' in navigator && navigator.gpu !== undefined;
}
