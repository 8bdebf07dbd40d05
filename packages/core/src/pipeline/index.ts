export {
  describeGiven,
  isText,
  requireArgument,
  requireEdit,
  requireList,
  requirePipeline,
} from './argument-checks.js';
export { repeatConditioning } from './conditioning.js';
export { EditStack } from './edit-stack.js';
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
export { defaultRecallJoin, type Recalled, type RecallOptions, recall } from './recall.js';
export { type RunSettings, runSettings, seededLatents } from './request.js';
export { TextToImagePipeline } from './text-to-image.js';
export {
  type VelocityReference,
  type VelocityReferenceOptions,
  velocityReference,
  velocitySigmas,
} from './velocity-reference.js';
export { withoutEdit } from './without-edit.js';
