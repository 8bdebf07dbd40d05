import { equalShapes, shapeText } from '../dims.js';
import { GraphError } from '../errors.js';
import type { Value } from '../graph.js';
import type { Operation } from '../operation.js';
import { equal } from './comparison.js';
import { iota } from './fill.js';
import { requireIndex, requireIndices } from './gather.js';
import { reshape } from './reshape.js';
import { lastDim } from './shared/axes.js';
import { type NoAttributes, noAttributes } from './shared/operand.js';
import { where } from './where.js';

export const takeAlongOperation: Operation<NoAttributes> = {
  name: 'takeAlong',
  infer([x, indices]) {
    requireIndices('takeAlong', indices!);
    lastDim('takeAlong', x!.shape);
    if (!equalShapes(x!.shape.slice(0, -1), indices!.shape)) {
      const shapes = `${shapeText(x!.shape)} does not fit indices ${shapeText(indices!.shape)}`;
      throw new GraphError('shape', `${shapes}: one index for each row of the last axis`, 'takeAlong');
    }
    return { dtype: x!.dtype, shape: indices!.shape };
  },
  evaluate([x, indices]) {
    const length = x!.shape.at(-1) as number;
    return indices!.data.map((index, row) => {
      requireIndex('takeAlong', index, length);
      return x!.data[row * length + index] as number;
    });
  },
  vjp({ inputs: [x, indices], cotangent, wanted }) {
    if (!wanted[0]) return [undefined, undefined];
    const chosen = oneHot(indices!, x!);
    return [where(chosen, reshape(cotangent, [...indices!.shape, 1]), 0), undefined];
  },
};

/** bool, of the shape of x: where the last axis is at the row's index. */
export function oneHot(indices: Value, x: Value): Value {
  return equal(reshape(indices, [...indices.shape, 1]), iota(x.graph, x.dim(-1), 'i32'));
}

/** One element of the last axis of x [..., n] for each i32 index [...]. */
export function takeAlong(x: Value, indices: Value): Value {
  return x.graph.apply(takeAlongOperation, [x, indices], noAttributes);
}
