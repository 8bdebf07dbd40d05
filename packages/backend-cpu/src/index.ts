/**
 * The embedded default backend: the CPU provider of onnxruntime-node.
 *
 * @packageDocumentation
 */
import { availableParallelism } from 'node:os';
import { type Backend, requireKnown, requireNumber } from '@mokus/core';
import { defaultLowerings, onnxBackend, weightOptions } from '@mokus/onnx';
import { InferenceSession, Tensor } from 'onnxruntime-node';

export interface CpuBackendOptions {
  /** Threads that one operation is spread over. Default: the number of cores. */
  readonly threads?: number | undefined;
  /**
   * Repacks weights for speed when they are loaded. Large products then run up to twice as fast, and every weight is in
   * memory a second time instead of staying in its mapped file. Default: false.
   */
  readonly prepack?: boolean | undefined;
}

/**
 * Runs programs in f32 on the CPU; weights may be stored as f32, f16 or bf16. Throws MokusError `input` for an option
 * that is unknown and a number of threads that is none.
 */
export function cpuBackend(options: CpuBackendOptions = {}): Backend {
  const { threads = availableParallelism(), prepack = false } = options;
  requireKnown('cpuBackend', options, { threads, prepack });
  requireNumber('cpuBackend', 'threads', threads, { atLeast: 1, integer: true });
  return onnxBackend(
    {
      backend: 'cpu',
      compute: ['f32'],
      storage: ['f32', 'f16', 'bf16'],
      lowerings: defaultLowerings,
      mapsFiles: true,
      castsStorage: true,
      Tensor,
      createSession: (model, weights) => {
        const { extra, ...placed } = weightOptions(weights);
        return InferenceSession.create(model, {
          ...placed,
          executionProviders: ['cpu'],
          graphOptimizationLevel: 'all',
          executionMode: 'sequential',
          intraOpNumThreads: threads,
          logSeverityLevel: 3,
          extra: { session: { ...(extra?.session as object), disable_prepacking: prepack ? '0' : '1' } },
        });
      },
    },
    { device: 'cpu' },
  );
}
