import { createTurns, type OnnxRuntime, type Turns, weightOptions } from '@mokus/onnx';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { noAdapter } from '../device/errors.js';
import { webgpuLowerings } from '../lowering/lowerings.js';
import { sessionInTurns } from '../session-in-turns.js';

/** The provider has one GPU device for all sessions of a process, and does not say that two may use it at once. */
const turns: Turns = createTurns();

/** onnxruntime-node with its WebGPU provider. `profile` is a prefix of files that tell what each run did, for tests. */
export function nativeRuntime(profile?: string): OnnxRuntime {
  return {
    backend: 'webgpu',
    compute: ['f32'],
    storage: ['f32', 'f16', 'bf16'],
    lowerings: webgpuLowerings,
    mapsFiles: true,
    castsStorage: true,
    Tensor,
    async createSession(model, weights) {
      const options: InferenceSession.SessionOptions = {
        ...weightOptions(weights),
        executionProviders: ['webgpu'],
        graphOptimizationLevel: 'all',
        logSeverityLevel: 3,
        ...(profile !== undefined && { enableProfiling: true, profileFilePrefix: profile }),
      };
      return sessionInTurns(turns, () => InferenceSession.create(model, options)).catch((cause: unknown) => {
        throw /Failed to get a WebGPU adapter/.test(String(cause)) ? noAdapter(cause) : cause;
      });
    },
  };
}
