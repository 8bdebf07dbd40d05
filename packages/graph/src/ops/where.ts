import { GraphError } from '../errors.js';
import type { Value } from '../graph.js';
import type { Operation } from '../operation.js';
import { requireSameDType, typeText } from '../tensor-type.js';
import { broadcastOperands, broadcastTo, sumToShape } from './shared/broadcasting.js';
import { asValues, type NoAttributes, noAttributes, type Operand } from './shared/operand.js';

export const whereOperation: Operation<NoAttributes> = {
  name: 'where',
  infer(types) {
    const [condition, ...branches] = types;
    if (condition?.dtype !== 'bool') {
      throw new GraphError('dtype', `the condition is ${typeText(condition!)}; expected bool`, 'where');
    }
    return {
      dtype: requireSameDType('where', branches),
      shape: broadcastOperands('where', types),
    };
  },
  evaluate(inputs, { output }) {
    const [condition, a, b] = inputs.map((input) => broadcastTo(input, output.shape)) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    return condition.map((each, index) => (each !== 0 ? a[index] : b[index]) as number);
  },
  vjp({ inputs: [condition, a, b], cotangent, wanted }) {
    return [
      undefined,
      wanted[1] ? sumToShape(where(condition!, cotangent, 0), a!.shape) : undefined,
      wanted[2] ? sumToShape(where(condition!, 0, cotangent), b!.shape) : undefined,
    ];
  },
};

/** a where the condition holds, else b; all three broadcast. What was not chosen never leaks, not even as NaN. */
export function where(condition: Value, a: Operand, b: Operand): Value {
  return condition.graph.apply(whereOperation, [condition, ...asValues('where', [a, b])], noAttributes);
}
