import { GraphError } from './errors.js';
import type { Origin, Value } from './graph.js';
import { buildProgram, type Program } from './program.js';
import { rewriteProgram } from './rewrite-program.js';
import { shareExpressions } from './share-expressions.js';
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
 * which a loss outside the program makes of the forward pass's results. All that does not need them is done before, what a
 * derivative computes again of the forward pass too: a backend that shares equal expressions computes it once. What
 * follows from weights alone is not kept, being as large as they, nor what follows from inputs alone, being cheap.
 *
 * Throws GraphError `graph` for a later input that the program does not have, and where no output, or every one, needs
 * a later input.
 */
export function splitProgram(whole: Program, later: readonly string[]): SplitProgram {
  const program = shareExpressions(whole);
  const unknown = later.find((name) => !program.inputs.some((input) => input.name === name));
  if (unknown !== undefined) throw new GraphError('graph', `the program has no input "${unknown}" to split it at`);
  const laterInputs = new Set(later);
  const late = readersOf(program, (origin) => origin.kind === 'input' && laterInputs.has(origin.name));
  const first = program.outputs.filter(({ value }) => !late.has(value));
  const second = program.outputs.filter(({ value }) => late.has(value));
  if (first.length === 0 || second.length === 0) {
    const which = first.length === 0 ? 'every output needs' : 'no output needs';
    throw new GraphError('graph', `${which} ${later.join(' or ')}: there is nothing to split`);
  }

  const kept = nameByType(boundary(program, late));
  const outputs = new Map([
    ...first.map(({ name, value }) => [name, value] as const),
    ...[...kept].map(([value, name]) => [name, value] as const),
  ]);
  const before = buildProgram(
    program.inputs.filter(({ name }) => !laterInputs.has(name)),
    outputs,
    program,
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

/** Values of such an origin, and all that are computed from them. */
function readersOf({ values }: Program, isOne: (origin: Origin) => boolean): Set<Value> {
  const readers = new Set<Value>();
  for (const value of values) {
    const { origin } = value;
    const reads = origin.kind === 'node' && origin.inputs.some((input) => readers.has(input));
    if (reads || isOne(origin)) readers.add(value);
  }
  return readers;
}

/** Of what does not come late, the values that the rest reads, in order. */
function boundary(program: Program, late: ReadonlySet<Value>): Value[] {
  const ofInputs = readersOf(program, ({ kind }) => kind === 'input');
  const ofWeights = readersOf(program, ({ kind }) => kind === 'weight');
  const found = new Set<Value>();
  const visited = new Set<Value>();
  const pending = [...late];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (visited.has(value) || value.origin.kind !== 'node') continue;
    visited.add(value);
    const isLayout = layoutOperations.has(value.origin.operation.name);
    // Some devices cannot feed what is true or false: it follows from numbers.
    const canCross = !isLayout && value.dtype !== 'bool';
    if (!late.has(value) && ofInputs.has(value) && ofWeights.has(value) && canCross) found.add(value);
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
