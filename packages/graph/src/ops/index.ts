export * from './arithmetic.js';
export * from './attention.js';
export * from './cast.js';
export * from './comparison.js';
export * from './concat.js';
export {
  type Conv2dAttributes,
  type Conv2dOptions,
  conv2d,
  conv2dOperation,
  type Padding2d,
} from './conv2d.js';
export * from './conv2d-gradients.js';
export * from './cosine-similarity.js';
export * from './cross-entropy.js';
export * from './expand.js';
export * from './fill.js';
export {
  gather,
  gatherOperation,
  type ScatterAddAttributes,
  scatterAdd,
  scatterAddOperation,
} from './gather.js';
export * from './gelu.js';
export * from './layer-norm.js';
export * from './linear.js';
export * from './logical.js';
export * from './matmul.js';
export * from './mse.js';
export * from './pad.js';
export * from './power.js';
export {
  type ReduceAttributes,
  type ReduceOptions,
  reduceMax,
  reduceMaxOperation,
  reduceMean,
  reduceMeanOperation,
  reduceSum,
  reduceSumOperation,
} from './reduce.js';
export * from './reshape.js';
export * from './rms-norm.js';
export * from './rotary-embedding.js';
export type { NoAttributes, Operand } from './shared/operand.js';
export * from './slice.js';
export * from './softmax.js';
export { takeAlong, takeAlongOperation } from './take-along.js';
export * from './transpose.js';
export * from './unary.js';
export * from './upsample-nearest2d.js';
export * from './where.js';
