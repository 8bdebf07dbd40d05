export { createContainer } from './container.js';
export * from './evaluate.js';
export { type FromPretrainedOptions, fromPretrained } from './from-pretrained.js';
export { encodePng, readImage, writePng } from './images.js';
export { type InspectOptions, inspect } from './inspect/inspect.js';
export type * from './inspect/inspection.js';
export type { CheckpointLocation } from './inspect/open-folder.js';
export * from './tokens.js';
