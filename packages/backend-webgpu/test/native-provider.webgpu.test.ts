/**
 * The lowering on the WebGPU provider that onnxruntime-node carries: the whole conformance kit, on any Vulkan driver.
 * Operators that WebGPU has no kernel for run on the CPU provider of the same session.
 */
import { testBackend } from '@mokus/core/testing';
import { defaultLowerings, onnxBackend, weightOptions } from '@mokus/onnx';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { test } from 'vitest';

const backend = onnxBackend(
  {
    backend: 'webgpu (onnxruntime-node)',
    compute: ['f32'],
    storage: ['f32', 'f16', 'bf16'],
    lowerings: defaultLowerings,
    mapsFiles: true,
    castsStorage: true,
    Tensor,
    createSession: (model, weights) =>
      InferenceSession.create(model, {
        ...weightOptions(weights),
        executionProviders: ['webgpu'],
        graphOptimizationLevel: 'all',
        logSeverityLevel: 3,
      }),
  },
  { device: 'webgpu' },
);

// WGSL promises sin and cos to 2^-11 only; SwiftShader was measured at 1.9e-4.
testBackend({ backend, test, tolerances: { sin: 2 ** -11, cos: 2 ** -11 } });
