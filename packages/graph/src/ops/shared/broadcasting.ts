import { type Dim, elementCount, equalDims, type Shape, shapeText } from '../../dims.js';
import { GraphError } from '../../errors.js';
import type { Value } from '../../graph.js';
import type { NDArray } from '../../operation.js';
import type { TensorType } from '../../tensor-type.js';
import { reduceSum } from '../reduce.js';
import { range } from './axes.js';

/** NumPy's rule: aligned at the right, each dimension is equal or 1. Throws {@link GraphError} `shape`. */
export function broadcastShapes(operation: string, shapes: readonly Shape[]): Shape {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  return range(rank).map((axis) => {
    let result: Dim = 1;
    for (const shape of shapes) {
      const each = shape[axis - rank + shape.length] ?? 1;
      if (each === 1) continue;
      if (result !== 1 && !equalDims(result, each)) {
        throw new GraphError('shape', `${shapes.map(shapeText).join(' and ')} do not broadcast`, operation);
      }
      result = each;
    }
    return result;
  });
}

/** The shape that the operands of an elementwise operation broadcast to. Throws {@link GraphError} `shape`. */
export function broadcastOperands(operation: string, types: readonly TensorType[]): Shape {
  return broadcastShapes(
    operation,
    types.map((type) => type.shape),
  );
}

/** The adjoint of broadcasting: sums a cotangent over the axes along which `shape` was repeated. */
export function sumToShape(cotangent: Value, shape: Shape): Value {
  const added = cotangent.rank - shape.length;
  const withoutAdded = added === 0 ? cotangent : reduceSum(cotangent, { axes: range(added) });
  const repeated = range(shape.length).filter((axis) => shape[axis] === 1 && !equalDims(withoutAdded.dim(axis), 1));
  return repeated.length === 0 ? withoutAdded : reduceSum(withoutAdded, { axes: repeated, keepDims: true });
}

/** Row-major strides of an array, with 0 along the axes that `shape` repeats. */
function repeatingStrides(from: readonly number[], shape: readonly number[]): number[] {
  const strides: number[] = new Array(shape.length).fill(0);
  let stride = 1;
  for (let axis = from.length - 1; axis >= 0; axis--) {
    const length = from[axis] as number;
    if (length !== 1) strides[axis + shape.length - from.length] = stride;
    stride *= length;
  }
  return strides;
}

/** An array's data repeated to `shape`; the data itself when nothing is repeated. */
export function broadcastTo(array: NDArray, shape: readonly number[]): Float64Array {
  const size = elementCount(shape);
  if (array.data.length === size) return array.data;
  if (array.data.length === 1) return new Float64Array(size).fill(array.data[0] as number);
  return gatherStrided(array.data, shape, repeatingStrides(array.shape, shape));
}

/** Reads `source` in the order of `shape`, where a step along an axis moves by its stride. */
export function gatherStrided(
  source: Float64Array,
  shape: readonly number[],
  strides: readonly number[],
): Float64Array {
  const result = new Float64Array(elementCount(shape));
  const innerLength = shape.at(-1) ?? 1;
  const innerStride = strides.at(-1) ?? 0;
  const counter: number[] = new Array(Math.max(0, shape.length - 1)).fill(0);
  let offset = 0;
  for (let at = 0; at < result.length; ) {
    for (let inner = 0, from = offset; inner < innerLength; inner++, from += innerStride) {
      result[at++] = source[from] as number;
    }
    for (let axis = counter.length - 1; axis >= 0; axis--) {
      offset += strides[axis] as number;
      counter[axis] = (counter[axis] as number) + 1;
      if ((counter[axis] as number) < (shape[axis] as number)) break;
      offset -= (strides[axis] as number) * (shape[axis] as number);
      counter[axis] = 0;
    }
  }
  return result;
}
