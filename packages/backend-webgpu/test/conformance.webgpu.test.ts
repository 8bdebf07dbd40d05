/** onnxruntime-web's WebGPU provider, in Node on Dawn and any Vulkan driver: the whole conformance kit in f32. */
import { testBackend } from '@mokus/core/testing';
import { test } from 'vitest';
import { webgpuBackend } from '../src/index.js';
import { provideWebgpu } from '../src/node.js';

provideWebgpu();

// WGSL promises sin and cos to 2^-11 only; SwiftShader was measured at 1.9e-4.
// Software Vulkan takes up to half a minute for a kernel that it compiles for the first time.
const patient = (name: string, run: () => Promise<void>): void => test(name, { timeout: 600_000 }, run);

testBackend({
  backend: webgpuBackend({ precision: 'f32' }),
  test: patient,
  tolerances: { sin: 2 ** -11, cos: 2 ** -11 },
});
