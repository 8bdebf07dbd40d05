import { cpuBackend } from '@mokus/backend-cpu';
import { cudaBackend, missingCudaParts } from '@mokus/backend-cuda';
import { webgpuBackend } from '@mokus/backend-webgpu';
import { hasNativeWebgpu, nativeWebgpuBackend } from '@mokus/backend-webgpu/native';
import { provideWebgpu } from '@mokus/backend-webgpu/node';
import type { Backend } from '@mokus/core';
import { findVulkan } from '../../scripts/lib/tools.mjs';

/** What runs programs. WebGPU twice: onnxruntime-web on the `webgpu` package, and what onnxruntime-node carries. */
export type ProviderName = 'cpu' | 'webgpu' | 'webgpuNative' | 'cuda';

export interface Provider {
  readonly name: ProviderName;
  readonly library: string;
  /** Why it is not measured here; undefined where it is. */
  readonly absent: string | undefined;
}

/** WGSL promises sin and cos to 2^-11 only. */
export const tolerancesOf: Readonly<Partial<Record<ProviderName, Readonly<Record<string, number>>>>> = {
  webgpu: { sin: 2 ** -11, cos: 2 ** -11 },
  webgpuNative: { sin: 2 ** -11, cos: 2 ** -11 },
};

/** The environment in which a software Vulkan driver is found, where there is one. */
export const vulkan: Readonly<Record<string, string>> | null = findVulkan();

export function findProviders(): readonly Provider[] {
  const driver = vulkan === null ? 'no Vulkan driver: npm test -- --provide fetches one' : undefined;
  const native = hasNativeWebgpu() ? driver : 'onnxruntime-node has no WebGPU provider for this system';
  const missing = missingCudaParts().map(({ part }) => part);
  return [
    { name: 'cpu', library: 'onnxruntime-node, CPU', absent: undefined },
    { name: 'webgpu', library: 'onnxruntime-web on the webgpu package', absent: driver },
    { name: 'webgpuNative', library: 'onnxruntime-node, WebGPU', absent: native },
    {
      name: 'cuda',
      library: 'onnxruntime-node, CUDA',
      absent: missing.length > 0 ? `missing: ${missing.join(', ')}` : undefined,
    },
  ];
}

export function openBackend(name: ProviderName): Backend {
  switch (name) {
    case 'cpu':
      return cpuBackend();
    case 'webgpu':
      provideWebgpu();
      // Edits want f32, and the kit's tolerances are of f32.
      return webgpuBackend({ precision: 'f32' });
    case 'webgpuNative':
      return nativeWebgpuBackend();
    case 'cuda':
      return cudaBackend();
  }
}

/** In bf16 where the backend computes in it. */
export function openInBf16(name: ProviderName): Backend {
  return name === 'cuda' ? cudaBackend({ precision: 'bf16' }) : openBackend(name);
}

/** The GPU that WebGPU computes on, and what it can bind. */
export async function describeAdapter(): Promise<Readonly<Record<string, unknown>> | null> {
  provideWebgpu();
  const adapter = await navigator.gpu.requestAdapter();
  if (adapter === null) return null;
  const { vendor, architecture, description } = adapter.info;
  const { maxStorageBufferBindingSize } = adapter.limits;
  return {
    vendor,
    architecture,
    description,
    shaderF16: adapter.features.has('shader-f16'),
    maxStorageBufferBindingSize,
  };
}
