import { type Dim, type DimLike, dim, subtractDims } from '../dims.js';
import { GraphError } from '../errors.js';
import type { Value } from '../graph.js';
import type { Operation } from '../operation.js';
import { pad } from './pad.js';
import { axisExtents, missingAxis, normalizeAxis } from './shared/axes.js';

export interface SliceAttributes {
  /** Non-negative. */
  readonly axis: number;
  readonly start: Dim;
  /** Exclusive. */
  readonly end: Dim;
}

function outOfRange(start: Dim, end: Dim, length: Dim): GraphError {
  return new GraphError('shape', `[${start}, ${end}) is not inside an axis of length ${length}`, 'slice');
}

export const sliceOperation: Operation<SliceAttributes> = {
  name: 'slice',
  infer([x], { axis, start, end }) {
    const { dtype, shape } = x!;
    const before = shape[axis];
    if (before === undefined) throw missingAxis('attribute', axis, shape, 'slice');
    const length = subtractDims(end, start);
    const left = subtractDims(before, end);
    // Symbolic differences are checked when the program runs.
    if ((typeof length === 'number' && length < 0) || (typeof left === 'number' && left < 0)) {
      throw outOfRange(start, end, before);
    }
    return { dtype, shape: shape.map((each, at) => (at === axis ? length : each)) };
  },
  evaluate([x], { attributes, dimension }) {
    const { axis } = attributes;
    const { outer, length, inner } = axisExtents(x!.shape, axis);
    const start = dimension(attributes.start);
    const end = dimension(attributes.end);
    if (start > end || end > length) throw outOfRange(start, end, length);
    const run = (end - start) * inner;
    const out = new Float64Array(outer * run);
    for (let block = 0; block < outer; block++) {
      const from = (block * length + start) * inner;
      out.set(x!.data.subarray(from, from + run), block * run);
    }
    return out;
  },
  vjp: ({ inputs: [x], attributes: { axis, start, end }, cotangent }) => [
    pad(cotangent, axis, start, subtractDims(x!.dim(axis), end)),
  ],
};

/** Elements start to end (exclusive) of an axis; both are dimensions, so they may be symbolic. */
export function slice(x: Value, axis: number, start: DimLike, end: DimLike): Value {
  return x.graph.apply(sliceOperation, [x], {
    axis: normalizeAxis('slice', axis, x.shape),
    start: dim(start),
    end: dim(end),
  });
}
