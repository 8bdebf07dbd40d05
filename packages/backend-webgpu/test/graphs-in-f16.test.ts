/**
 * The graphs in f16, run by onnxruntime-node's CPU provider, which has kernels for them, so that they are checked on every
 * machine: what they compute, and that by the table WebGPU has a kernel for each node. Where there is an adapter with
 * shader-f16, precision.webgpu.test.ts runs them there.
 */
import type { Backend } from '@mokus/core';
import { testBackend } from '@mokus/core/testing';
import { defaultLowerings, type Lowering, onnxBackend, weightOptions } from '@mokus/onnx';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { test } from 'vitest';
import { webgpuLowerings } from '../src/index.js';
import { f16, lacksKernel, preparer } from '../src/lowering/prepare.js';

const onCpu = onnxBackend(
  {
    backend: 'webgpu',
    compute: ['f32', 'f16'],
    storage: ['f32', 'f16', 'bf16'],
    // The CPU provider does not choose between bools.
    lowerings: new Map([...webgpuLowerings, ['where', defaultLowerings.get('where') as Lowering<unknown>]]),
    lacks: lacksKernel,
    precision: f16,
    mapsFiles: true,
    castsStorage: true,
    Tensor,
    createSession: (model, weights) =>
      InferenceSession.create(model, { ...weightOptions(weights), executionProviders: ['cpu'], logSeverityLevel: 3 }),
  },
  { device: 'cpu' },
);
const prepare = preparer('f16', false);
const backend: Backend = {
  ...onCpu,
  async load(weights, programs, options) {
    for (const [name, program] of Object.entries(programs)) prepare(name, program);
    return onCpu.load(weights, programs, options);
  },
};

testBackend({ backend, precision: 'f16', test });
