export type { ComponentOptions } from './component-options.js';
export { createQwenImageTransformer } from './dit/qwen-image-transformer.js';
export { registerOutlines } from './register-outlines.js';
export { registerQwenImage } from './register-qwen-image.js';
export { createFlowMatchEulerScheduler } from './scheduler/flow-match-euler.js';
export {
  createDecoderTextEncoder,
  type DecoderTextEncoderOptions,
} from './text-encoder/create-decoder-text-encoder.js';
export type { PipelineTemplate } from './text-encoder/prompt-template.js';
export { defaultSiteRoles, type SiteRole, siteRoles } from './text-encoder/sites.js';
export { ByteLevelTokenizer } from './tokenizer/byte-level-tokenizer.js';
export { readTokenizer } from './tokenizer/read-tokenizer.js';
export { createQwenImageCodec } from './vae/qwen-image-codec.js';
