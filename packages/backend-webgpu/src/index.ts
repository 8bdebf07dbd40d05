/**
 * The WebGPU provider of onnxruntime-web, on a browser's GPU or, after `provideWebgpu` of the `node` entry, in Node.
 *
 * @packageDocumentation
 */
import { type Backend, MokusError } from '@mokus/core';
import { defaultLowerings, type OnnxSession, onnxBackend, weightOptions } from '@mokus/onnx';
import { env, InferenceSession, Tensor } from 'onnxruntime-web/webgpu';

/**
 * Runs programs in f32 on the GPU that `navigator.gpu` gives. Weights are read through their sources and converted to the
 * programs' dtype while they load, because the runtime has no bf16. Operators that WebGPU has no kernel for run on the
 * CPU inside the same session.
 *
 * Throws MokusError `backend` where there is no WebGPU.
 */
export function webgpuBackend(): Backend {
  if (!hasWebgpu()) {
    throw new MokusError(
      'backend',
      'this environment has no navigator.gpu; in Node call provideWebgpu() of @mokus/backend-webgpu/node first',
      { backend: 'webgpu' },
    );
  }
  // One thread: a page that is not cross-origin isolated has no more, and the GPU does the work.
  env.wasm.numThreads = 1;
  env.logLevel = 'error';
  return onnxBackend(
    {
      backend: 'webgpu',
      compute: ['f32'],
      storage: ['f32', 'f16', 'bf16'],
      lowerings: defaultLowerings,
      mapsFiles: false,
      castsStorage: false,
      Tensor,
      createSession: (model, weights) =>
        whileAwake(async () =>
          sessionOf(
            await InferenceSession.create(model, {
              ...weightOptions(weights),
              executionProviders: ['webgpu'],
              graphOptimizationLevel: 'all',
              logSeverityLevel: 3,
              // Results are read by this package: onnxruntime's own way blocks on the device.
              preferredOutputLocation: 'gpu-buffer',
            }),
          ),
        ),
    },
    { device: 'webgpu' },
  );
}

function hasWebgpu(): boolean {
  return 'navigator' in globalThis && 'gpu' in navigator && navigator.gpu !== undefined;
}

function sessionOf(session: InferenceSession): OnnxSession {
  return {
    run: (feeds, fetches) =>
      whileAwake(async () => {
        const results = await session.run(feeds, fetches);
        for (const result of Object.values(results)) {
          if (result instanceof Tensor) await result.getData(true);
        }
        return results;
      }),
    release: () => session.release(),
  };
}

/** A GPU's promise does not keep Node's event loop alive; a timer does. */
async function whileAwake<T>(work: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => undefined, 10);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
