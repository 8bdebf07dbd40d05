export * from './differentiate.js';
export * from './dims.js';
export * from './errors.js';
export * from './graph.js';
export * from './interpreter/interpret.js';
export type * from './operation.js';
export * from './ops/index.js';
export type { Program, TensorSpec, WeightSpec } from './program.js';
export * from './tensor-type.js';
