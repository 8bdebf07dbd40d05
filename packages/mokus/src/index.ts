export { createContainer } from './container.js';
export * from './evaluate.js';
export { type FromPretrainedOptions, fromPretrained } from './from-pretrained.js';
export { encodePng, readImage, writePng } from './images.js';
export * from './tokens.js';
