export { guide } from './guidance.js';
export type {
  DenoisingStep,
  GenerateOptions,
  GenerateResult,
  PipelineComponents,
  PipelineDefaults,
  Prompt,
} from './options.js';
export { packLatents, unpackLatents } from './packing.js';
export { TextToImagePipeline } from './text-to-image.js';
