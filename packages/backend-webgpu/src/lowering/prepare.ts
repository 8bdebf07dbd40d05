import type { DType } from '@mokus/graph';
import { inPrecision, lowerAlone, type Precision } from '@mokus/onnx';
import type { PrepareProgram } from '../device/module.js';
import type { WebgpuPrecision } from '../device/precision.js';
import { webgpuLowerings } from './lowerings.js';
import { requireOnGpu } from './placement.js';

/**
 * What is computed in f32 though it is written in f16: onnxruntime 1.29.0 places the adding scatter on the GPU and throws
 * when it runs; its sums add f16 numbers in f16, and one of 160 numbers was off by 5e-3 on lavapipe.
 */
const withoutF16: ReadonlySet<string> = new Set(['reduceMean', 'reduceSum', 'scatterAdd']);

export function lacksKernel(operation: string, dtype: DType): boolean {
  return dtype === 'f16' && withoutF16.has(operation);
}

/** Gradients are kept in f32: a loss over many tokens has some that f16 rounds to zero (README, what is measured). */
export const f16: Precision = { dtype: 'f16', wideDerivatives: true };

/** How programs become models of a precision; one with a node that has no GPU kernel is refused unless `allowCpu`. */
export function preparer(precision: WebgpuPrecision, allowCpu: boolean): PrepareProgram {
  const compute = precision === 'f32' ? (['f32'] as const) : (['f32', 'f16'] as const);
  const target = { backend: 'webgpu', compute, lowerings: webgpuLowerings, lacks: lacksKernel };
  return (name, program) => {
    const narrowed = precision === 'f32' ? program : inPrecision(program, f16);
    const lowered = lowerAlone(name, narrowed, target);
    if (!allowCpu) requireOnGpu(name, lowered.graph);
    return { program, precision, lowered };
  };
}
