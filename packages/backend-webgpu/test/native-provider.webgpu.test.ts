/** The WebGPU provider that onnxruntime-node carries: the whole conformance kit, on any Vulkan driver. */
import { testBackend } from '@mokus/core/testing';
import { test } from 'vitest';
import { nativeWebgpuBackend } from '../src/native.js';

// WGSL promises sin and cos to 2^-11 only; SwiftShader was measured at 1.9e-4.
testBackend({ backend: nativeWebgpuBackend(), test, tolerances: { sin: 2 ** -11, cos: 2 ** -11 } });
