import type { DType } from '@mokus/graph';

/**
 * Operations without a bf16 kernel in onnxruntime 1.29's CUDA provider at opset 23, though it has one for f32: they are
 * computed in f32. Found by placing one node of each on the provider's own library, without a GPU: Log, Reciprocal,
 * comparisons, ReduceMean, ReduceMax, Pad (which long sums need), ConvTranspose have no kernel; ScatterND with addition has
 * one that throws.
 */
const withoutBf16: ReadonlySet<string> = new Set([
  'conv2dInputGradient',
  'equal',
  'greater',
  'greaterOrEqual',
  'less',
  'lessOrEqual',
  'log',
  'pad',
  'reciprocal',
  'reduceMax',
  'reduceMean',
  'reduceSum',
  'scatterAdd',
]);

/** Whether the provider has no kernel for an operation of `@mokus/graph` in a narrow type. In f16 it has all. */
export function lacksKernel(operation: string, dtype: DType): boolean {
  return dtype === 'bf16' && withoutBf16.has(operation);
}
