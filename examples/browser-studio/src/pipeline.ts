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

/** Only the runtime that is used is fetched. */
export async function openBackend(device: Device): Promise<Backend> {
  if (device === 'webgpu') return (await import('@mokus/backend-webgpu')).webgpuBackend();
  return (await import('@mokus/backend-webgpu/wasm')).wasmBackend();
}

/** What `fromPretrained` of mokus does in Node, without its container, its disk and its codecs. */
export async function openPipeline(
  files: CheckpointFiles,
  backend: Backend,
  options: RunOptions,
): Promise<TextToImagePipeline> {
  const registry = registerQwenImage(createArchitectureRegistry());
  const open = async <Component>(
    component: string,
    known: ReadonlyMap<string, ComponentFactory<Component>>,
  ): Promise<Component> => (await componentClass(files, component, known))({ files, component, backend, ...options });
  const scheduler = await open('scheduler', registry.schedulers);
  const textEncoder = await open('text_encoder', registry.textEncoders);
  const imageCodec = await open('vae', registry.imageCodecs);
  const dit = await open('transformer', registry.transformers);
  return new TextToImagePipeline({ textEncoder, dit, imageCodec, scheduler }, await readDefaults(files));
}
