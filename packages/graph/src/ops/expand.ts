import { type DimLike, dim, equalDims, type Shape, shapeText } from '../dims.js';
import { GraphError } from '../errors.js';
import type { Value } from '../graph.js';
import type { Operation } from '../operation.js';
import { broadcastTo, sumToShape } from './shared/broadcasting.js';

export interface ExpandAttributes {
  readonly shape: Shape;
}

export const expandOperation: Operation<ExpandAttributes> = {
  name: 'expand',
  infer([x], { shape }) {
    const added = shape.length - x!.shape.length;
    if (added < 0 || !x!.shape.every((each, axis) => each === 1 || equalDims(each, shape[axis + added]!))) {
      throw new GraphError('shape', `${shapeText(x!.shape)} cannot be repeated to ${shapeText(shape)}`, 'expand');
    }
    return { dtype: x!.dtype, shape };
  },
  evaluate: ([x], { output }) => broadcastTo(x!, output.shape),
  vjp: ({ inputs: [x], cotangent }) => [sumToShape(cotangent, x!.shape)],
};

/** x repeated along new leading axes and along axes of length 1, as NumPy's broadcast_to. */
export function expand(x: Value, shape: readonly DimLike[]): Value {
  return x.graph.apply(expandOperation, [x], { shape: shape.map(dim) });
}
