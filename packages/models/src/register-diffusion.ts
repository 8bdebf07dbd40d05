import type { ArchitectureRegistry, ComponentContext } from '@mokus/core';
import type { ComponentOptions } from './component-options.js';
import { createQwenImageTransformer } from './dit/qwen-image-transformer.js';
import { createFlowMatchEulerScheduler } from './scheduler/flow-match-euler.js';
import { createQwenImageCodec } from './vae/qwen-image-codec.js';

/** Adds the transformers, image codecs and schedulers of this package, by their class names in diffusers. */
export function registerDiffusionModels(registry: ArchitectureRegistry): void {
  registry.transformers.set('QwenImageTransformer2DModel', async (context) =>
    createQwenImageTransformer(await networkOptions(context)),
  );
  registry.imageCodecs.set('AutoencoderKLQwenImage', async (context) =>
    createQwenImageCodec(await networkOptions(context)),
  );
  registry.schedulers.set('FlowMatchEulerDiscreteScheduler', async ({ files, component }) => {
    const path = `${component}/scheduler_config.json`;
    return createFlowMatchEulerScheduler({ config: await files.readJson(path), file: `${files.name}/${path}` });
  });
}

async function networkOptions({ files, component, backend, signal }: ComponentContext): Promise<ComponentOptions> {
  const path = `${component}/config.json`;
  const [config, weights] = await Promise.all([files.readJson(path), files.weights(component)]);
  return { config, weights, backend, file: `${files.name}/${path}`, signal };
}
