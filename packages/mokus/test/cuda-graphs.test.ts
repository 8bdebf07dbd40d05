/** The whole chain through the graphs of the CUDA backend, computed by onnxruntime's CPU provider: needs no GPU. */
import { onnxBackend } from '@mokus/onnx';
import { describe } from 'vitest';
import { cudaRuntime } from '../../backend-cuda/src/runtime.js';
import { testWholeChain } from './support/whole-chain.js';

// onnxruntime's CPU provider throws in ScatterND with addition in f16; CUDA's does not.
const lacks = (operation: string, dtype: string): boolean => operation === 'scatterAdd' && dtype === 'f16';

describe('the graphs for CUDA', () => {
  testWholeChain(() => onnxBackend(cudaRuntime({}, { provider: { name: 'cpu' }, lacks }), { device: 'cpu' }));
});
