import type { ArchitectureRegistry, ComponentOutline, ComponentOutliner, Json, WeightStore } from '@mokus/core';
import { outlineQwenImageTransformer } from './dit/outline.js';
import { outlineDecoder } from './text-encoder/outline.js';
import { outlineQwenImageVae } from './vae/outline.js';

/** The language models that the decoder definition covers, by their class names in transformers. */
const decoders = [
  'Qwen2_5_VLForConditionalGeneration',
  'Qwen2ForCausalLM',
  'Qwen3ForCausalLM',
  'LlamaForCausalLM',
] as const;

/** Adds what can be said of this package's networks before they are loaded. */
export function registerOutlines(registry: ArchitectureRegistry): void {
  for (const name of decoders) registry.outlines.set(name, outlinerOf(outlineDecoder));
  registry.outlines.set('QwenImageTransformer2DModel', outlinerOf(outlineQwenImageTransformer));
  registry.outlines.set('AutoencoderKLQwenImage', outlinerOf(outlineQwenImageVae));
}

function outlinerOf(
  outline: (config: Json, file: string, weights: WeightStore) => ComponentOutline,
): ComponentOutliner {
  return async ({ files, component }) => {
    // A folder may be a component itself.
    const path = component === '' ? 'config.json' : `${component}/config.json`;
    const [config, weights] = await Promise.all([files.readJson(path), files.weights(component)]);
    return outline(config, `${files.name}/${path}`, weights);
  };
}
