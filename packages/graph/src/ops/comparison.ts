import { GraphError } from '../errors.js';
import type { Value } from '../graph.js';
import type { Operation } from '../operation.js';
import { requireSameDType, typeText } from '../tensor-type.js';
import { broadcastOperands, broadcastTo } from './shared/broadcasting.js';
import { applyBinary, type NoAttributes, type Operand } from './shared/operand.js';

/** Elementwise comparisons: floating or i32 operands of one dtype, a bool result, no gradient. */
function comparison(name: string, holds: (a: number, b: number) => boolean): Operation<NoAttributes> {
  return {
    name,
    infer(types) {
      if (requireSameDType(name, types) === 'bool') {
        throw new GraphError('dtype', `${types.map(typeText).join(', ')} is not ordered; cast it first`, name);
      }
      return {
        dtype: 'bool',
        shape: broadcastOperands(name, types),
      };
    },
    evaluate(inputs, { output }) {
      const [a, b] = inputs.map((input) => broadcastTo(input, output.shape)) as [Float64Array, Float64Array];
      return a.map((each, index) => (holds(each, b[index] as number) ? 1 : 0));
    },
  };
}

export const equalOperation: Operation<NoAttributes> = comparison('equal', (a, b) => a === b);
export const lessOperation: Operation<NoAttributes> = comparison('less', (a, b) => a < b);
export const lessOrEqualOperation: Operation<NoAttributes> = comparison('lessOrEqual', (a, b) => a <= b);
export const greaterOperation: Operation<NoAttributes> = comparison('greater', (a, b) => a > b);
export const greaterOrEqualOperation: Operation<NoAttributes> = comparison('greaterOrEqual', (a, b) => a >= b);

/** a == b, elementwise. */
export function equal(a: Operand, b: Operand): Value {
  return applyBinary(equalOperation, a, b);
}

/** a < b, elementwise. */
export function less(a: Operand, b: Operand): Value {
  return applyBinary(lessOperation, a, b);
}

/** a <= b, elementwise. */
export function lessOrEqual(a: Operand, b: Operand): Value {
  return applyBinary(lessOrEqualOperation, a, b);
}

/** a > b, elementwise. */
export function greater(a: Operand, b: Operand): Value {
  return applyBinary(greaterOperation, a, b);
}

/** a >= b, elementwise. */
export function greaterOrEqual(a: Operand, b: Operand): Value {
  return applyBinary(greaterOrEqualOperation, a, b);
}
