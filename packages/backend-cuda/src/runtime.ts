import { createHash } from 'node:crypto';
import type { DType } from '@mokus/graph';
import { type OnnxRuntime, weightOptions } from '@mokus/onnx';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { lacksKernel } from './kernels.js';
import { cudaLowerings } from './lowerings.js';
import { freeBytes, requireMemory } from './memory.js';
import type { CudaBackendOptions } from './options.js';
import { placementOf, requireOnDevice } from './placement.js';
import { wrongProvider } from './provider-refusal.js';

/** Another provider for the same graphs, and what it lacks: for tests where there is no GPU. */
export interface Substitute {
  readonly provider: { readonly name: string };
  readonly lacks: (operation: string, dtype: DType) => boolean;
}

/** onnxruntime-node with the CUDA provider. */
export function cudaRuntime(options: CudaBackendOptions, substitute?: Substitute): OnnxRuntime {
  const { deviceId = 0, precision = 'f32', memoryLimit, allowCpu = false } = options;
  const provider = substitute?.provider ?? { name: 'cuda', deviceId };
  const checked = new Set<string>();
  return {
    backend: 'cuda',
    compute: ['f32', 'f16'],
    storage: ['f32', 'f16', 'bf16'],
    lowerings: cudaLowerings,
    lacks: substitute?.lacks ?? lacksKernel,
    opset: 23,
    precision: precision === 'f32' ? undefined : { dtype: precision },
    mapsFiles: true,
    castsStorage: true,
    Tensor,
    createSession: async (model, weights, component) => {
      requireMemory(component, weights.bytes, memoryLimit, 'the limit is');
      if (substitute === undefined) {
        requireMemory(component, weights.bytes, freeBytes(deviceId), `GPU ${deviceId} has free`);
      }
      const { extra, ...placed } = weightOptions(weights);
      if (!allowCpu && substitute === undefined) {
        const digest = createHash('sha256').update(model).digest('hex');
        if (!checked.has(digest)) requireOnDevice(await placementOf(model, provider), 'cuda');
        checked.add(digest);
      }
      return InferenceSession.create(model, {
        ...placed,
        executionProviders: [provider],
        graphOptimizationLevel: 'all',
        executionMode: 'sequential',
        logSeverityLevel: 3,
        extra: { session: { ...(extra?.session as object), disable_prepacking: '1' } },
      }).catch((error: Error) => {
        throw /Failed to load shared library/.test(error.message) ? wrongProvider() : error;
      });
    },
  };
}
