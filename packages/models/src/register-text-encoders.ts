import type { ArchitectureRegistry } from '@mokus/core';
import { createDecoderTextEncoder } from './text-encoder/create-decoder-text-encoder.js';
import { requireSiteRoles } from './text-encoder/sites.js';
import { readTokenizer } from './tokenizer/read-tokenizer.js';

/** Adds the text encoders of this package, by their class names in transformers. */
export function registerTextEncoders(registry: ArchitectureRegistry): void {
  registry.textEncoders.set('Qwen2_5_VLForConditionalGeneration', async (context) => {
    const { files, component, backend, siteRoles, signal } = context;
    const file = `${component}/config.json`;
    const [config, tokenizer, weights] = await Promise.all([
      files.readJson(file),
      readTokenizer(files, 'tokenizer'),
      files.weights(component),
    ]);
    return createDecoderTextEncoder({
      config,
      tokenizer,
      weights,
      backend,
      siteRoles: siteRoles && requireSiteRoles(siteRoles),
      signal,
      file: `${files.name}/${file}`,
    });
  });
}
