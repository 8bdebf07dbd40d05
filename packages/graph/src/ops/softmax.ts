import type { Value } from '../graph.js';
import type { NDArray, Operation } from '../operation.js';
import { requireFloating } from '../tensor-type.js';
import { multiply, subtract } from './arithmetic.js';
import { detach } from './cast.js';
import { reduceMax, reduceSum } from './reduce.js';
import { axisExtents, normalizeAxis } from './shared/axes.js';
import { exp, log } from './unary.js';

export interface SoftmaxAttributes {
  /** Non-negative. */
  readonly axis: number;
}

/** Of every element `result(x - max, log of the sum of exp(x - max))`, along an axis. */
function evaluateNormalized(
  { data, shape }: NDArray,
  axis: number,
  result: (shifted: number, logSum: number) => number,
): Float64Array {
  const { outer, length, inner } = axisExtents(shape, axis);
  const out = new Float64Array(data.length);
  for (let block = 0; block < outer * inner; block++) {
    const start = Math.floor(block / inner) * length * inner + (block % inner);
    let largest = Number.NEGATIVE_INFINITY;
    for (let at = 0; at < length; at++) largest = Math.max(largest, data[start + at * inner] as number);
    let sum = 0;
    for (let at = 0; at < length; at++) sum += Math.exp((data[start + at * inner] as number) - largest);
    const logSum = Math.log(sum);
    for (let at = 0; at < length; at++) {
      out[start + at * inner] = result((data[start + at * inner] as number) - largest, logSum);
    }
  }
  return out;
}

export const softmaxOperation: Operation<SoftmaxAttributes> = {
  name: 'softmax',
  infer([x]) {
    requireFloating('softmax', 'x', x!);
    return x!;
  },
  evaluate: ([x], { attributes }) =>
    evaluateNormalized(x!, attributes.axis, (shifted, logSum) => Math.exp(shifted - logSum)),
  vjp({ output, attributes: { axis }, cotangent }) {
    const weighted = multiply(cotangent, output);
    return [subtract(weighted, multiply(output, reduceSum(weighted, { axes: [axis], keepDims: true })))];
  },
};

export const logSoftmaxOperation: Operation<SoftmaxAttributes> = {
  name: 'logSoftmax',
  infer([x]) {
    requireFloating('logSoftmax', 'x', x!);
    return x!;
  },
  evaluate: ([x], { attributes }) => evaluateNormalized(x!, attributes.axis, (shifted, logSum) => shifted - logSum),
  vjp({ output, attributes: { axis }, cotangent }) {
    const total = reduceSum(cotangent, { axes: [axis], keepDims: true });
    return [subtract(cotangent, multiply(exp(output), total))];
  },
  decompose([x], { axis }) {
    const shifted = subtract(x!, detach(reduceMax(x!, { axes: [axis], keepDims: true })));
    return subtract(shifted, log(reduceSum(exp(shifted), { axes: [axis], keepDims: true })));
  },
};

/** e^x / sum e^x along an axis, computed from x - max(x). */
export function softmax(x: Value, axis = -1): Value {
  return x.graph.apply(softmaxOperation, [x], { axis: normalizeAxis('softmax', axis, x.shape) });
}

/** log(softmax(x)) along an axis, computed from x - max(x) without taking the logarithm of a small number. */
export function logSoftmax(x: Value, axis = -1): Value {
  return x.graph.apply(logSoftmaxOperation, [x], { axis: normalizeAxis('logSoftmax', axis, x.shape) });
}
