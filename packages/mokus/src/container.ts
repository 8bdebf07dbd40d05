import { cpuBackend } from '@mokus/backend-cpu';
import { componentClass } from '@mokus/checkpoint/node';
import { moKus } from '@mokus/concepts';
import { type ComponentFactory, createArchitectureRegistry, type TextEncoderContext } from '@mokus/core';
import { conditioningObjective, ultraEdit } from '@mokus/editors';
import { registerQwenImage } from '@mokus/models';
import { Container, type ResolutionContext } from 'inversify';
import { createBackendRegistry, type DeviceComponent } from './backends.js';
import { CheckpointContext } from './checkpoint-context.js';
import {
  ArchitectureRegistry,
  Backend,
  BackendRegistry,
  CustomizationMethod,
  DiT,
  EditObjective,
  Editor,
  ImageCodec,
  Scheduler,
  TextEncoder,
} from './tokens.js';

/**
 * The composition root: one container for one checkpoint. It binds {@link Backend} (onnxruntime on the CPU),
 * {@link BackendRegistry} (what `device` names: cpu, webgpu, webgpu-native, cuda), {@link Editor} (UltraEdit),
 * {@link EditObjective} (the conditioning), {@link CustomizationMethod} (MoKus with those two),
 * {@link ArchitectureRegistry} (Qwen-Image) and, from the checkpoint that `fromPretrained` adds, {@link TextEncoder},
 * {@link DiT}, {@link ImageCodec} and {@link Scheduler}. Rebind any of them before loading:
 *
 * ```ts
 * const container = createContainer();
 * container.rebind(Editor).toConstantValue(fineTuning());
 * const pipeline = await fromPretrained(folder, { container });
 * ```
 */
export function createContainer(): Container {
  const container = new Container({ defaultScope: 'Singleton' });
  container.bind(Backend).toDynamicValue(() => cpuBackend());
  container.bind(BackendRegistry).toDynamicValue(() => createBackendRegistry());
  container.bind(Editor).toDynamicValue(() => ultraEdit());
  container.bind(EditObjective).toDynamicValue(() => conditioningObjective());
  container
    .bind(CustomizationMethod)
    .toDynamicValue((context) => moKus({ editor: context.get(Editor), objective: context.get(EditObjective) }));
  container.bind(ArchitectureRegistry).toDynamicValue(() => registerQwenImage(createArchitectureRegistry()));
  container.bind(TextEncoder).toDynamicValue(load('text_encoder', 'textEncoder', (registry) => registry.textEncoders));
  container.bind(DiT).toDynamicValue(load('transformer', 'dit', (registry) => registry.transformers));
  container.bind(ImageCodec).toDynamicValue(load('vae', 'imageCodec', (registry) => registry.imageCodecs));
  container.bind(Scheduler).toDynamicValue(load('scheduler', undefined, (registry) => registry.schedulers));
  return container;
}

/** Makes a component by the class that the checkpoint's model_index.json names for it. */
function load<Component>(
  component: string,
  device: DeviceComponent | undefined,
  factories: (registry: ArchitectureRegistry) => ReadonlyMap<string, ComponentFactory<Component, TextEncoderContext>>,
): (context: ResolutionContext) => Promise<Component> {
  return async (context) => {
    const { files, backends, ...options } = context.get(CheckpointContext);
    const known = factories(context.get(ArchitectureRegistry));
    const factory = await componentClass(files, component, known);
    const chosen = device && backends?.[device];
    return factory({ files, component, backend: chosen ?? context.get(Backend), ...options });
  };
}
