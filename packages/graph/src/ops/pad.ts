import { addDims, type Dim, type DimLike, dim } from '../dims.js';
import type { Value } from '../graph.js';
import type { Operation } from '../operation.js';
import { axisExtents, normalizeAxis } from './shared/axes.js';
import { slice } from './slice.js';

export interface PadAttributes {
  /** Non-negative. */
  readonly axis: number;
  readonly before: Dim;
  readonly after: Dim;
}

export const padOperation: Operation<PadAttributes> = {
  name: 'pad',
  infer: ([x], { axis, before, after }) => ({
    dtype: x!.dtype,
    shape: x!.shape.map((each, at) => (at === axis ? addDims(before, each, after) : each)),
  }),
  evaluate([x], { attributes: { axis, before }, output, dimension }) {
    const { outer, length, inner } = axisExtents(output.shape, axis);
    const run = (x!.shape[axis] as number) * inner;
    const out = new Float64Array(outer * length * inner);
    for (let block = 0; block < outer; block++) {
      const to = (block * length + dimension(before)) * inner;
      out.set(x!.data.subarray(block * run, (block + 1) * run), to);
    }
    return out;
  },
  vjp: ({ inputs: [x], attributes: { axis, before }, cotangent }) => [
    slice(cotangent, axis, before, addDims(before, x!.dim(axis))),
  ],
};

/** Zeros before and after an axis; both counts are dimensions, so they may be symbolic. */
export function pad(x: Value, axis: number, before: DimLike, after: DimLike): Value {
  return x.graph.apply(padOperation, [x], {
    axis: normalizeAxis('pad', axis, x.shape),
    before: dim(before),
    after: dim(after),
  });
}
