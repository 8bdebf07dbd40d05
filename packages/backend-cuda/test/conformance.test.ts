/** The graphs that the CUDA backend makes, run by the CPU provider: what is checked is what they compute, not where. */
import { testBackend } from '@mokus/core/testing';
import { onnxBackend } from '@mokus/onnx';
import { test } from 'vitest';
import { cudaRuntime } from '../src/runtime.js';

const provider = { name: 'cpu' };
// onnxruntime's CPU provider throws in ScatterND with addition in f16; CUDA's does not.
const lacks = (operation: string, dtype: string): boolean => operation === 'scatterAdd' && dtype === 'f16';

testBackend({ backend: onnxBackend(cudaRuntime({}, { provider, lacks }), { device: 'cpu' }), test });
