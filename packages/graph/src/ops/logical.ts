import { GraphError } from '../errors.js';
import type { Value } from '../graph.js';
import type { Operation } from '../operation.js';
import { typeText } from '../tensor-type.js';
import { broadcastOperands, broadcastTo } from './shared/broadcasting.js';
import { type NoAttributes, noAttributes } from './shared/operand.js';

/** Elementwise operations on bools; results are 0 or 1, no gradient. */
function logical(name: string, compute: (a: number, b: number) => number): Operation<NoAttributes> {
  return {
    name,
    infer(types) {
      if (types.some((type) => type.dtype !== 'bool')) {
        throw new GraphError('dtype', `operands ${types.map(typeText).join(', ')} must be bool`, name);
      }
      return {
        dtype: 'bool',
        shape: broadcastOperands(name, types),
      };
    },
    evaluate(inputs, { output }) {
      const operands = inputs.map((input) => broadcastTo(input, output.shape));
      const a = operands[0]!;
      const b = operands[1] ?? a;
      return a.map((each, index) => compute(each, b[index] as number));
    },
  };
}

export const logicalAndOperation: Operation<NoAttributes> = logical('logicalAnd', (a, b) => a * b);
export const logicalOrOperation: Operation<NoAttributes> = logical('logicalOr', Math.max);
export const logicalNotOperation: Operation<NoAttributes> = logical('logicalNot', (a) => 1 - a);

/** a and b. */
export function logicalAnd(a: Value, b: Value): Value {
  return a.graph.apply(logicalAndOperation, [a, b], noAttributes);
}

/** a or b. */
export function logicalOr(a: Value, b: Value): Value {
  return a.graph.apply(logicalOrOperation, [a, b], noAttributes);
}

/** not a. */
export function logicalNot(a: Value): Value {
  return a.graph.apply(logicalNotOperation, [a], noAttributes);
}
