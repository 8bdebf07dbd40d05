import { shapeText, stridesOf } from '../dims.js';
import { GraphError } from '../errors.js';
import type { Value } from '../graph.js';
import type { Operation } from '../operation.js';
import { range } from './shared/axes.js';
import { gatherStrided } from './shared/broadcasting.js';

export interface TransposeAttributes {
  /** Axis `permutation[i]` of the operand becomes axis i. */
  readonly permutation: readonly number[];
}

export const transposeOperation: Operation<TransposeAttributes> = {
  name: 'transpose',
  infer([x], { permutation }) {
    const { dtype, shape } = x!;
    const axes = range(shape.length);
    if (permutation.length !== shape.length || !axes.every((axis) => permutation.includes(axis))) {
      throw new GraphError(
        'attribute',
        `[${permutation.join(', ')}] is not a permutation of the axes of ${shapeText(shape)}`,
        'transpose',
      );
    }
    return { dtype, shape: permutation.map((axis) => shape[axis]!) };
  },
  evaluate([x], { attributes: { permutation }, output }) {
    const strides = stridesOf(x!.shape);
    return gatherStrided(
      x!.data,
      output.shape,
      permutation.map((axis) => strides[axis] as number),
    );
  },
  vjp: ({ attributes: { permutation }, cotangent }) => [
    transpose(
      cotangent,
      permutation.map((_, axis) => permutation.indexOf(axis)),
    ),
  ],
};

/** The axes in another order, as in NumPy: axis `permutation[i]` becomes axis i. */
export function transpose(x: Value, permutation: readonly number[]): Value {
  return x.graph.apply(transposeOperation, [x], { permutation: [...permutation] });
}
