/**
 * The CPU provider of onnxruntime-web: for browsers without WebGPU, and where its answer is to be checked. An entry of its
 * own, with a smaller runtime, so that a page fetches the one that it uses.
 *
 * @packageDocumentation
 */
import type { Backend } from '@mokus/core';
import { createTurns, defaultLowerings, onnxBackend, type Turns, weightOptions } from '@mokus/onnx';
import { env, InferenceSession, Tensor } from 'onnxruntime-web/wasm';
import { sessionInTurns } from './session-in-turns.js';

/** The runtime is one WebAssembly instance, and a session is not made while another runs. */
const turns: Turns = createTurns();

/**
 * Runs programs in f32 in WebAssembly, on one thread: a page that is not cross-origin isolated has no more. Weights are read
 * through their sources and converted while they load, and are in memory as long as a module is loaded.
 */
export function wasmBackend(): Backend {
  env.wasm.numThreads = 1;
  env.logLevel = 'error';
  return onnxBackend(
    {
      backend: 'wasm',
      compute: ['f32'],
      storage: ['f32', 'f16', 'bf16'],
      lowerings: defaultLowerings,
      mapsFiles: false,
      castsStorage: false,
      Tensor,
      async createSession(model, weights) {
        const options: InferenceSession.SessionOptions = {
          ...weightOptions(weights),
          executionProviders: ['wasm'],
          graphOptimizationLevel: 'all',
          logSeverityLevel: 3,
        };
        return sessionInTurns(turns, () => InferenceSession.create(model, options));
      },
    },
    { device: 'wasm' },
  );
}
