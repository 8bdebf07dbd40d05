import { GraphError } from './errors.js';
import type { Value } from './graph.js';
import { buildProgram, neededFor, type Program } from './program.js';
import { rewriteProgram } from './rewrite-program.js';
import { typeText } from './tensor-type.js';

/** A program in two: what `before` computed and `after` needs goes from one to the other. */
export interface SplitProgram {
  /** The outputs that need none of the later inputs, and what it keeps. */
  readonly before: Program;
  /** The other outputs. Its inputs are the program's and what is kept. */
  readonly after: Program;
}

const keptPrefix = 'kept ';

/** Whether a name is of what `before` keeps for `after`. Programs that keep tensors of one type name them alike. */
export function isKept(name: string): boolean {
  return name.startsWith(keptPrefix);
}

/** Cheaper to do again than to keep beside their operand. */
const layoutOperations: ReadonlySet<string> = new Set(['expand', 'reshape', 'transpose']);

/**
 * Splits a program at inputs that are known only once its other outputs are there: the cotangents of a backward pass,
 * which a loss outside the program makes of the forward pass's results. What is computed for the first outputs is not
 * computed again. Values of weights and constants alone are not kept: they are as large as the weights.
 *
 * Throws GraphError `graph` for a later input that the program does not have, and where no output, or every one, needs
 * a later input.
 */
export function splitProgram(program: Program, later: readonly string[]): SplitProgram {
  const unknown = later.find((name) => !program.inputs.some((input) => input.name === name));
  if (unknown !== undefined) throw new GraphError('graph', `the program has no input "${unknown}" to split it at`);
  const laterInputs = new Set(later);
  const late = readersOf(program, (name) => laterInputs.has(name));
  const first = program.outputs.filter(({ value }) => !late.has(value));
  const second = program.outputs.filter(({ value }) => late.has(value));
  if (first.length === 0 || second.length === 0) {
    const which = first.length === 0 ? 'every output needs' : 'no output needs';
    throw new GraphError('graph', `${which} ${later.join(' or ')}: there is nothing to split`);
  }

  const computed = neededFor(first.map(({ value }) => value));
  const kept = nameByType(boundary(program, computed));
  const outputs = new Map([
    ...first.map(({ name, value }) => [name, value] as const),
    ...[...kept].map(([value, name]) => [name, value] as const),
  ]);
  const before = buildProgram(
    program.inputs.filter(({ name }) => !laterInputs.has(name)),
    outputs,
  );
  const after = rewriteProgram(
    { ...program, outputs: second },
    {
      node(value, operands, graph) {
        const name = kept.get(value);
        return name === undefined ? graph.copy(value, operands) : graph.input(name, value.dtype, value.shape);
      },
    },
  );
  return { before, after };
}

/** The values that inputs of such names lead to, the inputs among them. */
function readersOf({ values }: Program, isOne: (name: string) => boolean): Set<Value> {
  const readers = new Set<Value>();
  for (const value of values) {
    const { origin } = value;
    if (origin.kind === 'input' && isOne(origin.name)) readers.add(value);
    if (origin.kind === 'node' && origin.inputs.some((input) => readers.has(input))) readers.add(value);
  }
  return readers;
}

/** Of what is computed, the values that the rest reads, in order. */
function boundary(program: Program, computed: ReadonlySet<Value>): Value[] {
  const ofInputs = readersOf(program, () => true);
  const found = new Set<Value>();
  const visited = new Set<Value>();
  const pending = program.values.filter((value) => !computed.has(value));
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (visited.has(value) || value.origin.kind !== 'node') continue;
    visited.add(value);
    const isKept = computed.has(value) && ofInputs.has(value) && !layoutOperations.has(value.origin.operation.name);
    if (isKept) found.add(value);
    else pending.push(...value.origin.inputs);
  }
  return [...found].sort((a, b) => a.id - b.id);
}

function nameByType(values: readonly Value[]): Map<Value, string> {
  const counts = new Map<string, number>();
  return new Map(
    values.map((value) => {
      const type = typeText(value.type);
      const count = counts.get(type) ?? 0;
      counts.set(type, count + 1);
      return [value, `${keptPrefix}${type} ${count}`];
    }),
  );
}
