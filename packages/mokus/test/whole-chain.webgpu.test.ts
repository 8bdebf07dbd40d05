/** The whole chain on each of the two WebGPU providers. A software driver takes seconds for a pass, so there are few. */
import { webgpuBackend } from '@mokus/backend-webgpu';
import { nativeWebgpuBackend } from '@mokus/backend-webgpu/native';
import { provideWebgpu } from '@mokus/backend-webgpu/node';
import { afterAll, beforeAll, describe } from 'vitest';
import { type WatchedUploads, watchUploads } from './support/gpu-uploads.js';
import { testWholeChain } from './support/whole-chain.js';

let watched: WatchedUploads;
beforeAll(() => {
  provideWebgpu();
  watched = watchUploads();
});
afterAll(() => watched.stop());

describe('WebGPU of onnxruntime-web', () => {
  testWholeChain(
    () => webgpuBackend({ precision: 'f32' }),
    () => watched.sizes,
  );
});

// It has its own Dawn: its uploads are counted in packages/backend-webgpu/test/native.webgpu.test.ts.
describe('WebGPU of onnxruntime-node', () => {
  testWholeChain(() => nativeWebgpuBackend());
});
