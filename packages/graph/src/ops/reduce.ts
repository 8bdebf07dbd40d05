import { type Dim, elementCount, equalDims, type Shape, shapeText, stridesOf } from '../dims.js';
import { GraphError } from '../errors.js';
import type { Graph, Value } from '../graph.js';
import type { NDArray, Operation } from '../operation.js';
import { type DType, requireFloating, type TensorType } from '../tensor-type.js';
import { divide, multiply } from './arithmetic.js';
import { cast } from './cast.js';
import { equal } from './comparison.js';
import { expand } from './expand.js';
import { fill } from './fill.js';
import { reshape } from './reshape.js';
import { normalizeAxes, range } from './shared/axes.js';
import { gatherStrided } from './shared/broadcasting.js';
import { reciprocal } from './unary.js';

export interface ReduceAttributes {
  /** Non-negative, ascending. */
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

export interface ReduceOptions {
  /** Default: all. */
  readonly axes?: readonly number[] | undefined;
  /** Default: false. */
  readonly keepDims?: boolean | undefined;
}

function inferReduction(name: string, x: TensorType, { axes, keepDims }: ReduceAttributes): TensorType {
  requireFloating(name, 'x', x);
  const shape = keepDims
    ? x.shape.map((each, axis) => (axes.includes(axis) ? 1 : each))
    : x.shape.filter((_, axis) => !axes.includes(axis));
  return { dtype: x.dtype, shape };
}

/** The array with the reduced axes moved to the end and joined: rows to reduce. */
function rowsToReduce({ data, shape }: NDArray, axes: readonly number[]): { rows: Float64Array; length: number } {
  const kept = range(shape.length).filter((axis) => !axes.includes(axis));
  const order = [...kept, ...axes];
  const length = elementCount(axes.map((axis) => shape[axis] as number));
  if (order.every((axis, at) => axis === at)) return { rows: data, length };
  const strides = stridesOf(shape);
  const rows = gatherStrided(
    data,
    order.map((axis) => shape[axis] as number),
    order.map((axis) => strides[axis] as number),
  );
  return { rows, length };
}

function evaluateReduction(
  x: NDArray,
  axes: readonly number[],
  outputShape: readonly number[],
  reduceRow: (row: Float64Array) => number,
): Float64Array {
  const { rows, length } = rowsToReduce(x, axes);
  const result = new Float64Array(elementCount(outputShape));
  return result.map((_, index) => reduceRow(rows.subarray(index * length, (index + 1) * length)));
}

function sumOf(row: Float64Array): number {
  let sum = 0;
  for (const each of row) sum += each;
  return sum;
}

/** A reduction's result or its cotangent, with the reduced axes back as 1s. */
function keptAxes(value: Value, shape: Shape, { axes, keepDims }: ReduceAttributes): Value {
  return keepDims
    ? value
    : reshape(
        value,
        shape.map((each, axis) => (axes.includes(axis) ? 1 : each)),
      );
}

/** The number of elements of the given dimensions as a rank-0 value: a constant unless one is symbolic. */
export function countOf(graph: Graph, dims: readonly Dim[], dtype: DType): Value {
  const numbers = elementCount(dims.filter((each) => typeof each === 'number'));
  // Counted in f32, exact up to 2^24 an axis, whatever the dtype: bf16 cannot count past 256.
  return cast(
    dims
      .filter((each) => typeof each !== 'number')
      .map((each) => reduceSum(fill(graph, [each], 'f32', 1)))
      .reduce((product, each) => multiply(product, each), graph.scalar('f32', numbers)),
    dtype,
  );
}

export const reduceSumOperation: Operation<ReduceAttributes> = {
  name: 'reduceSum',
  infer: ([x], attributes) => inferReduction('reduceSum', x!, attributes),
  evaluate: ([x], { attributes, output }) => evaluateReduction(x!, attributes.axes, output.shape, sumOf),
  vjp: ({ inputs: [x], attributes, cotangent }) => [expand(keptAxes(cotangent, x!.shape, attributes), x!.shape)],
};

export const reduceMeanOperation: Operation<ReduceAttributes> = {
  name: 'reduceMean',
  infer: ([x], attributes) => inferReduction('reduceMean', x!, attributes),
  evaluate: ([x], { attributes, output }) =>
    evaluateReduction(x!, attributes.axes, output.shape, (row) => sumOf(row) / row.length),
  vjp({ inputs: [x], attributes, cotangent }) {
    const dims = attributes.axes.map((axis) => x!.dim(axis));
    const share = multiply(cotangent, cast(reciprocal(countOf(x!.graph, dims, 'f32')), x!.dtype));
    return [expand(keptAxes(share, x!.shape, attributes), x!.shape)];
  },
};

export const reduceMaxOperation: Operation<ReduceAttributes> = {
  name: 'reduceMax',
  infer([x], attributes) {
    if (attributes.axes.some((axis) => equalDims(x!.shape[axis] as Dim, 0))) {
      throw new GraphError('shape', `${shapeText(x!.shape)} has no element to take the maximum of`, 'reduceMax');
    }
    return inferReduction('reduceMax', x!, attributes);
  },
  evaluate: ([x], { attributes, output }) =>
    evaluateReduction(x!, attributes.axes, output.shape, (row) => {
      let largest = Number.NEGATIVE_INFINITY;
      for (const each of row) largest = Math.max(largest, each);
      return largest;
    }),
  vjp({ inputs: [x], output, attributes, cotangent }) {
    const largest = cast(equal(x!, keptAxes(output, x!.shape, attributes)), x!.dtype);
    const ties = reduceSum(largest, { axes: attributes.axes, keepDims: true });
    return [multiply(largest, divide(keptAxes(cotangent, x!.shape, attributes), ties))];
  },
};

function reduce(operation: Operation<ReduceAttributes>, x: Value, options: ReduceOptions): Value {
  const axes = normalizeAxes(operation.name, options.axes ?? range(x.rank), x.shape);
  return x.graph.apply(operation, [x], { axes, keepDims: options.keepDims ?? false });
}

/** Sum over the given axes, or over all. */
export function reduceSum(x: Value, options: ReduceOptions = {}): Value {
  return reduce(reduceSumOperation, x, options);
}

/** Mean over the given axes, or over all. */
export function reduceMean(x: Value, options: ReduceOptions = {}): Value {
  return reduce(reduceMeanOperation, x, options);
}

/** Maximum over the given axes, or over all; equal maxima share the gradient in equal parts. */
export function reduceMax(x: Value, options: ReduceOptions = {}): Value {
  return reduce(reduceMaxOperation, x, options);
}
