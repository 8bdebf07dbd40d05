const wanted = [
  '*.json',
  '*.txt',
  '*.jinja',
  ...['model', 'diffusion_pytorch_model'].flatMap((stem) => [`${stem}.safetensors`, `${stem}-*.safetensors`]),
];

/**
 * Patterns for the files that are ever read of components in their folders: configs, tokenizers, and weights in
 * safetensors. Variants (`model.fp16.safetensors`), pickles, pictures and other frameworks' files are left out.
 */
export function componentPatterns(components: readonly string[]): readonly string[] {
  return components.flatMap((component) => wanted.map((pattern) => `${component}/${pattern}`));
}
