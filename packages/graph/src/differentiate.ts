import { GraphError } from './errors.js';
import type { Value } from './graph.js';
import { add } from './ops/arithmetic.js';
import { zerosLike } from './ops/fill.js';
import { isFloating, typeText } from './tensor-type.js';

/** A value to differentiate and dL/d(value), of the same shape and dtype. */
export interface Seed {
  readonly value: Value;
  readonly cotangent: Value;
}

/**
 * Reverse-mode differentiation, inside the same graph: dL/dw for each `wrt`, where L is given by the cotangents of
 * `seeds`. A `wrt` may be an input, a weight or any inner value. Only what lies between the seeds and the `wrt` is
 * differentiated, so a backward pass stops at the lowest value that was asked for. A `wrt` that no seed depends on has
 * a gradient of zeros.
 *
 * Throws GraphError `unsupported` when an operation on the way has no derivative.
 */
export function gradients(seeds: readonly Seed[], wrt: readonly Value[]): Value[] {
  const [first] = seeds;
  if (first === undefined) throw new GraphError('graph', 'gradients needs at least one seed');
  for (const { value, cotangent } of seeds) {
    if (typeText(value.type) !== typeText(cotangent.type)) {
      throw new GraphError(
        'shape',
        `the cotangent of a ${typeText(value.type)} is a ${typeText(cotangent.type)}; they must be alike`,
      );
    }
  }
  const lowest = Math.min(...wrt.map((value) => value.id));
  const leads = valuesThatLeadFrom(wrt, lowest, Math.max(...seeds.map(({ value }) => value.id)));
  const cotangents = new Map<Value, Value>();
  const accumulate = (value: Value, cotangent: Value): void => {
    const known = cotangents.get(value);
    cotangents.set(value, known === undefined ? cotangent : add(known, cotangent));
  };
  for (const { value, cotangent } of seeds) if (leads.has(value)) accumulate(value, cotangent);
  const wanted = new Set(wrt);
  for (const value of [...leads].sort((a, b) => b.id - a.id)) {
    const cotangent = cotangents.get(value);
    const { origin } = value;
    if (cotangent === undefined || origin.kind !== 'node') continue;
    if (!origin.inputs.some((input) => leads.has(input))) continue;
    const inputCotangents = pullBack(value, cotangent, leads);
    origin.inputs.forEach((input, index) => {
      const part = inputCotangents[index];
      if (part !== undefined && leads.has(input)) accumulate(input, part);
    });
    if (!wanted.has(value)) cotangents.delete(value);
  }
  return wrt.map((value) => cotangents.get(value) ?? zerosLike(value));
}

/** Floating values from which a gradient can flow back to a `wrt`. */
function valuesThatLeadFrom(wrt: readonly Value[], lowest: number, highest: number): Set<Value> {
  const leads = new Set<Value>(wrt);
  const graph = wrt[0]?.graph;
  for (const value of graph?.values.slice(lowest, highest + 1) ?? []) {
    if (value.origin.kind !== 'node' || !isFloating(value.dtype)) continue;
    if (value.origin.inputs.some((input) => leads.has(input))) leads.add(value);
  }
  return leads;
}

function pullBack(value: Value, cotangent: Value, leads: ReadonlySet<Value>): readonly (Value | undefined)[] {
  if (value.origin.kind !== 'node') return [];
  const { operation, inputs, attributes } = value.origin;
  const wanted = inputs.map((input) => leads.has(input));
  if (operation.vjp !== undefined) return operation.vjp({ inputs, output: value, attributes, cotangent, wanted });
  if (operation.decompose !== undefined) {
    const decomposed = operation.decompose(inputs, attributes);
    // An operand that stands twice gets its whole gradient once: the sum over its places.
    const distinct = [...new Set(inputs.filter((_, index) => wanted[index]))];
    const parts = gradients([{ value: decomposed, cotangent }], distinct);
    return inputs.map((input, index) => (inputs.indexOf(input) === index ? parts[distinct.indexOf(input)] : undefined));
  }
  throw new GraphError('unsupported', 'has no derivative; detach the value or give it one', operation.name);
}
