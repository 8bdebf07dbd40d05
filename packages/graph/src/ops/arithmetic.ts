import { GraphError } from '../errors.js';
import type { Value } from '../graph.js';
import type { Operation, VjpContext } from '../operation.js';
import { isFloating, requireSameDType, typeText } from '../tensor-type.js';
import { cast } from './cast.js';
import { equal, greater, less } from './comparison.js';
import { broadcastOperands, broadcastTo, sumToShape } from './shared/broadcasting.js';
import { applyBinary, type NoAttributes, type Operand } from './shared/operand.js';
import { negate } from './unary.js';

/** Elementwise operations of two operands that broadcast as in NumPy. */
interface Binary {
  readonly name: string;
  /** Whether i32 is allowed beside the floating types. */
  readonly integers: boolean;
  readonly compute: (a: number, b: number) => number;
  /** Cotangents of the operands before they are summed back over broadcast axes. */
  readonly cotangents: (context: VjpContext<NoAttributes> & { a: Value; b: Value }) => [() => Value, () => Value];
}

function binary({ name, integers, compute, cotangents }: Binary): Operation<NoAttributes> {
  return {
    name,
    infer(types) {
      const dtype = requireSameDType(name, types);
      if (!isFloating(dtype) && !(integers && dtype === 'i32')) {
        throw new GraphError('dtype', `${types.map(typeText).join(', ')} is not supported; cast it first`, name);
      }
      return {
        dtype,
        shape: broadcastOperands(name, types),
      };
    },
    evaluate(inputs, { output }) {
      const [a, b] = inputs.map((input) => broadcastTo(input, output.shape)) as [Float64Array, Float64Array];
      return a.map((each, index) => compute(each, b[index] as number));
    },
    vjp(context) {
      const [a, b] = context.inputs as [Value, Value];
      return cotangents({ ...context, a, b }).map((part, index) =>
        context.wanted[index] ? sumToShape(part(), context.inputs[index]!.shape) : undefined,
      );
    },
  };
}

/** The share of a cotangent that goes to the side which won; ties go to both sides, half each. */
function shareOfWinner(cotangent: Value, wins: Value, ties: Value): Value {
  const share = add(cast(wins, cotangent.dtype), multiply(0.5, cast(ties, cotangent.dtype)));
  return multiply(cotangent, share);
}

export const addOperation: Operation<NoAttributes> = binary({
  name: 'add',
  integers: true,
  compute: (a, b) => a + b,
  cotangents: ({ cotangent }) => [() => cotangent, () => cotangent],
});

export const subtractOperation: Operation<NoAttributes> = binary({
  name: 'subtract',
  integers: true,
  compute: (a, b) => a - b,
  cotangents: ({ cotangent }) => [() => cotangent, () => negate(cotangent)],
});

export const multiplyOperation: Operation<NoAttributes> = binary({
  name: 'multiply',
  integers: true,
  compute: (a, b) => a * b,
  cotangents: ({ a, b, cotangent }) => [() => multiply(cotangent, b), () => multiply(cotangent, a)],
});

export const divideOperation: Operation<NoAttributes> = binary({
  name: 'divide',
  integers: false,
  compute: (a, b) => a / b,
  cotangents: ({ b, cotangent, output }) => [
    () => divide(cotangent, b),
    () => negate(divide(multiply(cotangent, output), b)),
  ],
});

export const maximumOperation: Operation<NoAttributes> = binary({
  name: 'maximum',
  integers: false,
  compute: Math.max,
  cotangents: ({ a, b, cotangent }) => [
    () => shareOfWinner(cotangent, greater(a, b), equal(a, b)),
    () => shareOfWinner(cotangent, less(a, b), equal(a, b)),
  ],
});

export const minimumOperation: Operation<NoAttributes> = binary({
  name: 'minimum',
  integers: false,
  compute: Math.min,
  cotangents: ({ a, b, cotangent }) => [
    () => shareOfWinner(cotangent, less(a, b), equal(a, b)),
    () => shareOfWinner(cotangent, greater(a, b), equal(a, b)),
  ],
});

/** a + b. Floating types and i32. */
export function add(a: Operand, b: Operand): Value {
  return applyBinary(addOperation, a, b);
}

/** a - b. Floating types and i32. */
export function subtract(a: Operand, b: Operand): Value {
  return applyBinary(subtractOperation, a, b);
}

/** a b, elementwise. Floating types and i32. */
export function multiply(a: Operand, b: Operand): Value {
  return applyBinary(multiplyOperation, a, b);
}

/** a / b. Floating types. */
export function divide(a: Operand, b: Operand): Value {
  return applyBinary(divideOperation, a, b);
}

/** The larger of each pair; where they are equal each side gets half of the gradient. Floating types. */
export function maximum(a: Operand, b: Operand): Value {
  return applyBinary(maximumOperation, a, b);
}

/** The smaller of each pair; where they are equal each side gets half of the gradient. Floating types. */
export function minimum(a: Operand, b: Operand): Value {
  return applyBinary(minimumOperation, a, b);
}
