import { type Dim, type DimLike, dim, equalDims, quotientOfDims, type Shape, shapeText, sizeOfShape } from '../dims.js';
import { GraphError } from '../errors.js';
import type { Value } from '../graph.js';
import type { Operation } from '../operation.js';

export interface ReshapeAttributes {
  /** The new shape, with no open dimension. */
  readonly shape: Shape;
}

export const reshapeOperation: Operation<ReshapeAttributes> = {
  name: 'reshape',
  infer([x], { shape }) {
    if (!equalDims(sizeOfShape(x!.shape), sizeOfShape(shape))) {
      throw new GraphError('shape', `${shapeText(x!.shape)} does not have the size of ${shapeText(shape)}`, 'reshape');
    }
    return { dtype: x!.dtype, shape };
  },
  evaluate: ([x]) => x!.data,
  vjp: ({ inputs: [x], cotangent }) => [reshape(cotangent, x!.shape)],
};

/** The shape with its -1 replaced by what is left of `from`. */
function resolveOpenDimension(from: Shape, to: readonly DimLike[]): Shape {
  const open = to.indexOf(-1);
  if (open < 0) return to.map(dim);
  if (to.lastIndexOf(-1) !== open) {
    throw new GraphError('attribute', `${shapeText(to)} has more than one open dimension`, 'reshape');
  }
  const known = to.map((each) => (each === -1 ? 1 : dim(each)));
  const rest: Dim | undefined = quotientOfDims(sizeOfShape(from), sizeOfShape(known));
  if (rest === undefined) {
    throw new GraphError('shape', `${shapeText(from)} is not divisible into ${shapeText(to)}`, 'reshape');
  }
  return known.map((each, axis) => (axis === open ? rest : each));
}

/** The same elements in row-major order under another shape; one entry may be -1: what is left. */
export function reshape(x: Value, shape: readonly DimLike[]): Value {
  const resolved = resolveOpenDimension(x.shape, shape);
  return x.graph.apply(reshapeOperation, [x], { shape: resolved });
}
