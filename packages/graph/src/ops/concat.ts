import { addDims, type Dim, equalDims, shapeText } from '../dims.js';
import { GraphError } from '../errors.js';
import type { Value } from '../graph.js';
import type { Operation } from '../operation.js';
import { requireSameDType } from '../tensor-type.js';
import { axisExtents, normalizeAxis } from './shared/axes.js';
import { slice } from './slice.js';

export interface ConcatAttributes {
  /** Non-negative. */
  readonly axis: number;
}

export const concatOperation: Operation<ConcatAttributes> = {
  name: 'concat',
  infer(types, { axis }) {
    const dtype = requireSameDType('concat', types);
    const first = types[0]!.shape;
    const fits = types.every(
      ({ shape }) =>
        shape.length === first.length && shape.every((each, at) => at === axis || equalDims(each, first[at]!)),
    );
    if (!fits) {
      const shapes = types.map(({ shape }) => shapeText(shape)).join(', ');
      throw new GraphError('shape', `${shapes} differ outside axis ${axis}`, 'concat');
    }
    const joined = addDims(...types.map(({ shape }) => shape[axis] as Dim));
    return { dtype, shape: first.map((each, at) => (at === axis ? joined : each)) };
  },
  evaluate(inputs, { attributes: { axis }, output }) {
    const { outer, length, inner } = axisExtents(output.shape, axis);
    const out = new Float64Array(outer * length * inner);
    let before = 0;
    for (const { data, shape } of inputs) {
      const run = (shape[axis] as number) * inner;
      for (let block = 0; block < outer; block++) {
        out.set(data.subarray(block * run, (block + 1) * run), block * length * inner + before);
      }
      before += run;
    }
    return out;
  },
  vjp({ inputs, attributes: { axis }, cotangent, wanted }) {
    let start: Dim = 0;
    return inputs.map((input, index) => {
      const from = start;
      start = addDims(start, input.dim(axis));
      return wanted[index] ? slice(cotangent, axis, from, start) : undefined;
    });
  },
};

/** The values one after another along an axis. */
export function concat(values: readonly Value[], axis: number): Value {
  const [first] = values;
  if (first === undefined) throw new GraphError('graph', 'needs at least one value', 'concat');
  return first.graph.apply(concatOperation, values, { axis: normalizeAxis('concat', axis, first.shape) });
}
