import { equalShapes, shapeText } from '../dims.js';
import { GraphError } from '../errors.js';
import type { Value } from '../graph.js';
import type { Operation } from '../operation.js';
import { requireFloating, requireSameDType } from '../tensor-type.js';
import { subtract } from './arithmetic.js';
import { square } from './power.js';
import { reduceMean } from './reduce.js';
import { type NoAttributes, noAttributes } from './shared/operand.js';

export const mseOperation: Operation<NoAttributes> = {
  name: 'mse',
  infer([a, b]) {
    const dtype = requireSameDType('mse', [a!, b!]);
    requireFloating('mse', 'a', a!);
    if (!equalShapes(a!.shape, b!.shape)) {
      throw new GraphError('shape', `a ${shapeText(a!.shape)} and b ${shapeText(b!.shape)} must be alike`, 'mse');
    }
    return { dtype, shape: [] };
  },
  evaluate([a, b]) {
    const sum = a!.data.reduce((total, each, index) => total + (each - (b!.data[index] as number)) ** 2, 0);
    return Float64Array.of(sum / a!.data.length);
  },
  decompose: ([a, b]) => reduceMean(square(subtract(a!, b!))),
};

/** Mean over all elements of (a - b)^2: rank 0. The shapes are equal; nothing is broadcast. */
export function mse(a: Value, b: Value): Value {
  return a.graph.apply(mseOperation, [a, b], noAttributes);
}
