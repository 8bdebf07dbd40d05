export type { ComponentOptions } from './component-options.js';
export { createQwenImageTransformer } from './dit/qwen-image-transformer.js';
export { registerDiffusionModels } from './register-diffusion.js';
export { createFlowMatchEulerScheduler } from './scheduler/flow-match-euler.js';
export { createQwenImageCodec } from './vae/qwen-image-codec.js';
