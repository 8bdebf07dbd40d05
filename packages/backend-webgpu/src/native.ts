/**
 * The WebGPU provider that onnxruntime-node carries: in Node, without the `webgpu` package.
 *
 * @packageDocumentation
 */
import { type Backend, type Module, MokusError, requireKnown } from '@mokus/core';
import type { Program } from '@mokus/graph';
import { lowerAlone, onnxBackend } from '@mokus/onnx';
import { listSupportedBackends } from 'onnxruntime-node';
import { requireOnGpu } from './lowering/placement.js';
import { nativeRuntime } from './native/runtime.js';

export interface NativeWebgpuBackendOptions {
  /** Lets nodes that have no GPU kernel run on the CPU, at the price of copies. Default: false, they are refused. */
  readonly allowCpu?: boolean | undefined;
}

/** Whether the onnxruntime-node that is installed has a WebGPU provider for this system. */
export function hasNativeWebgpu(): boolean {
  return listSupportedBackends().some(({ name, bundled }) => name === 'webgpu' && bundled);
}

/**
 * Runs programs in f32 on the GPU that onnxruntime-node finds, through Vulkan, Metal or Direct3D 12. The weights of a
 * component lie on the GPU once, for all its programs; results come to the host.
 *
 * Throws MokusError `backend` where onnxruntime-node has no WebGPU provider, `input` for an option that is unknown. Its modules throw, besides what every
 * backend's do: `unsupported` for a node without a GPU kernel; `backend` for a missing adapter and for GPU errors.
 */
export function nativeWebgpuBackend(options: NativeWebgpuBackendOptions = {}): Backend {
  const { allowCpu = false } = options;
  requireKnown('nativeWebgpuBackend', options, { allowCpu });
  if (!hasNativeWebgpu()) {
    throw new MokusError(
      'backend',
      `onnxruntime-node has no WebGPU provider for ${process.platform} ${process.arch}: use webgpuBackend() after provideWebgpu()`,
      { backend: 'webgpu' },
    );
  }
  const runtime = nativeRuntime();
  const inner = onnxBackend(runtime, { device: 'webgpu' });
  if (allowCpu) return inner;
  const check = (programs: Readonly<Record<string, Program>>): void => {
    for (const [name, program] of Object.entries(programs))
      requireOnGpu(name, lowerAlone(name, program, runtime).graph);
  };
  return {
    ...inner,
    async load(weights, programs, loading) {
      check(programs);
      return checked(await inner.load(weights, programs, loading), check);
    },
  };
}

/** The module, with programs that are added to it checked first. */
function checked(module: Module, check: (programs: Readonly<Record<string, Program>>) => void): Module {
  return {
    get programs() {
      return module.programs;
    },
    run: (program, inputs, options) => module.run(program, inputs, options),
    async add(programs, options) {
      check(programs);
      await module.add(programs, options);
    },
    release: () => module.release(),
    dispose: () => module.dispose(),
  };
}
