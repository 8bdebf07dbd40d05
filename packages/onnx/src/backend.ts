import type { Backend, BackendCapabilities } from '@mokus/core';
import { OnnxModule } from './module.js';
import type { OnnxRuntime } from './runtime.js';

/** A backend that lowers to ONNX and runs on the given flavour of onnxruntime. */
export function onnxBackend(
  runtime: OnnxRuntime,
  capabilities: Omit<BackendCapabilities, 'compute' | 'storage'>,
): Backend {
  const { backend: name, compute, storage } = runtime;
  return {
    name,
    capabilities: () => ({ ...capabilities, compute, storage }),
    load: (weights, programs, options) => OnnxModule.load(runtime, weights, programs, options),
  };
}
