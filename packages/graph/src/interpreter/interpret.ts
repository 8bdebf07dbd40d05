import { bindDims, type DimBindings, elementCount, evaluateDim, evaluateShape, shapeText } from '../dims.js';
import { GraphError } from '../errors.js';
import type { Value } from '../graph.js';
import type { NDArray } from '../operation.js';
import type { Program } from '../program.js';

/** What a program reads. */
export interface InterpreterInputs {
  /** Every declared input, by name. */
  readonly inputs: Readonly<Record<string, NDArray>>;
  /** A weight of the program; called once for each. */
  readonly weights?: ((name: string) => NDArray) | undefined;
}

/**
 * Runs a program in float64: the definition that every backend is compared with. Throws GraphError `input` or `weight`
 * for a tensor that is missing or of the wrong shape, and what the operations throw for values out of their range.
 */
export function interpret(program: Program, { inputs, weights }: InterpreterInputs): Record<string, NDArray> {
  const inputNamed = (name: string): NDArray => {
    const found = inputs[name];
    if (found === undefined) throw new GraphError('input', `input "${name}" is missing; pass every declared input`);
    return requireSize(found, 'input', name);
  };
  const bindings = bindDims(program.inputs, (name) => inputNamed(name).shape);
  const lastUses = lastUsesOf(program);
  const computed = new Map<Value, NDArray>();
  for (const value of program.values) {
    computed.set(value, evaluateValue(value, computed, bindings, inputNamed, weights));
    for (const spent of lastUses.get(value) ?? []) computed.delete(spent);
  }
  return Object.fromEntries(program.outputs.map(({ name, value }) => [name, computed.get(value)!]));
}

/** For each value, the operands that nothing after it reads. */
function lastUsesOf(program: Program): Map<Value, Value[]> {
  const kept = new Set(program.outputs.map(({ value }) => value));
  const lastReader = new Map<Value, Value>();
  for (const value of program.values) {
    if (value.origin.kind !== 'node') continue;
    for (const input of value.origin.inputs) if (!kept.has(input)) lastReader.set(input, value);
  }
  const uses = new Map<Value, Value[]>();
  for (const [operand, reader] of lastReader) uses.set(reader, [...(uses.get(reader) ?? []), operand]);
  return uses;
}

function evaluateValue(
  value: Value,
  computed: ReadonlyMap<Value, NDArray>,
  bindings: DimBindings,
  inputNamed: (name: string) => NDArray,
  weights: InterpreterInputs['weights'],
): NDArray {
  const { origin } = value;
  const shape = evaluateShape(value.shape, bindings);
  switch (origin.kind) {
    case 'input':
      return inputNamed(origin.name);
    case 'weight':
      return weightNamed(origin.name, shape, weights);
    case 'constant':
      return { shape, data: Float64Array.from(origin.data) };
    case 'node': {
      const { operation, attributes } = origin;
      const data = operation.evaluate(
        origin.inputs.map((input) => computed.get(input)!),
        { attributes, output: { dtype: value.dtype, shape }, dimension: (each) => evaluateDim(each, bindings) },
      );
      return { shape, data };
    }
  }
}

function weightNamed(name: string, shape: readonly number[], weights: InterpreterInputs['weights']): NDArray {
  if (weights === undefined) {
    throw new GraphError('weight', `the program reads weight "${name}"; pass weights to interpret`);
  }
  const found = requireSize(weights(name), 'weight', name);
  if (shapeText(found.shape) !== shapeText(shape)) {
    throw new GraphError(
      'weight',
      `weight "${name}" has shape ${shapeText(found.shape)}, expected ${shapeText(shape)}`,
    );
  }
  return found;
}

function requireSize(array: NDArray, code: 'input' | 'weight', name: string): NDArray {
  const size = elementCount(array.shape);
  if (array.data.length !== size) {
    const got = `${array.data.length} numbers`;
    throw new GraphError(code, `${code} "${name}" of shape ${shapeText(array.shape)} holds ${got}, expected ${size}`);
  }
  return array;
}
