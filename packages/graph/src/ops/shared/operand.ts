import { GraphError } from '../../errors.js';
import type { Value } from '../../graph.js';
import type { Operation } from '../../operation.js';

/** A value, or a number that becomes a constant of the other operand's dtype. */
export type Operand = Value | number;

/** Of operations that are fully described by their operands. */
export type NoAttributes = Readonly<Record<string, never>>;
export const noAttributes: NoAttributes = {};

/** The operands as values; throws {@link GraphError} `graph` when all of them are numbers. */
export function asValues(operation: string, operands: readonly Operand[]): readonly Value[] {
  const typed = operands.find((operand) => typeof operand !== 'number');
  if (typed === undefined) {
    throw new GraphError('graph', 'at least one operand must be a value, got numbers only', operation);
  }
  return operands.map((operand) => (typeof operand === 'number' ? typed.graph.scalar(typed.dtype, operand) : operand));
}

/** An operation of two operands, of which one may be a number; throws as {@link asValues}, and what its shape rule throws. */
export function applyBinary(operation: Operation<NoAttributes>, a: Operand, b: Operand): Value {
  const inputs = asValues(operation.name, [a, b]);
  return inputs[0]!.graph.apply(operation, inputs, noAttributes);
}
