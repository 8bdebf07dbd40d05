import { componentClass, readDefaults } from '@mokus/checkpoint';
import {
  type Backend,
  type CheckpointFiles,
  type ComponentFactory,
  createArchitectureRegistry,
  type RunOptions,
  TextToImagePipeline,
} from '@mokus/core';
import { registerQwenImage } from '@mokus/models';

export type Device = 'webgpu' | 'wasm';

/** What components run on. */
export interface StudioBackends {
  readonly textEncoder: Backend;
  readonly others: Backend;
}

/**
 * Only the runtime that is used is fetched. Edits are made of the text encoder's activations, so that one computes in f32 on
 * every GPU; the others in f16 where there is shader-f16. Both are on one GPU device.
 */
export async function openBackends(device: Device): Promise<StudioBackends> {
  if (device === 'webgpu') {
    const { webgpuBackend } = await import('@mokus/backend-webgpu');
    return { textEncoder: webgpuBackend({ precision: 'f32' }), others: webgpuBackend() };
  }
  const backend = (await import('@mokus/backend-webgpu/wasm')).wasmBackend();
  return { textEncoder: backend, others: backend };
}

/** What `fromPretrained` of mokus does in Node, without its container, its disk and its codecs. */
export async function openPipeline(
  files: CheckpointFiles,
  { textEncoder: forText, others }: StudioBackends,
  options: RunOptions,
): Promise<TextToImagePipeline> {
  const registry = registerQwenImage(createArchitectureRegistry());
  const open = async <Component>(
    component: string,
    known: ReadonlyMap<string, ComponentFactory<Component>>,
    backend: Backend = others,
  ): Promise<Component> => (await componentClass(files, component, known))({ files, component, backend, ...options });
  const scheduler = await open('scheduler', registry.schedulers);
  const textEncoder = await open('text_encoder', registry.textEncoders, forText);
  const imageCodec = await open('vae', registry.imageCodecs);
  const dit = await open('transformer', registry.transformers);
  return new TextToImagePipeline({ textEncoder, dit, imageCodec, scheduler }, await readDefaults(files));
}
