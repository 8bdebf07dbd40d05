import { GraphError } from './errors.js';
import type { Value } from './graph.js';
import { add } from './ops/arithmetic.js';
import { zerosLike } from './ops/fill.js';
import { isFloating, requireFloating, typeText } from './tensor-type.js';

/** A value to differentiate and dL/d(value), of the same shape and dtype. */
export interface Seed {
  readonly value: Value;
  readonly cotangent: Value;
}

/**
 * Reverse-mode differentiation, inside the same graph: dL/dw for each `wrt`, where L is given by the cotangents of
 * `seeds`. A `wrt` may be an input, a weight or any inner value; where one depends on another, each gets its total
 * derivative. Only what lies between the seeds and the `wrt` is differentiated, so a backward pass stops at the lowest
 * value that was asked for. A `wrt` that no seed depends on has a gradient of zeros.
 *
 * Throws GraphError `graph` without a seed or across graphs, `shape` for a cotangent unlike its value, `dtype` for an
 * integer or bool, `unsupported` when an operation on the way has no derivative.
 */
export function gradients(seeds: readonly Seed[], wrt: readonly Value[]): Value[] {
  const [first] = seeds;
  if (first === undefined)
    throw new GraphError('graph', 'gradients needs at least one seed: a value with its cotangent');
  const { graph } = first.value;
  for (const value of [...seeds.flatMap((seed) => [seed.value, seed.cotangent]), ...wrt]) {
    if (value.graph !== graph)
      throw new GraphError('graph', 'a value belongs to another graph; build all of it in one', 'gradients');
    requireFloating('gradients', 'a value', value.type);
  }
  for (const { value, cotangent } of seeds) {
    if (typeText(value.type) !== typeText(cotangent.type)) {
      throw new GraphError(
        'shape',
        `the cotangent of a ${typeText(value.type)} is a ${typeText(cotangent.type)}; they must be alike`,
        'gradients',
      );
    }
  }
  return graph.differentiating(true, () => backward(seeds, wrt, 'total'));
}

/**
 * How a `wrt` that depends on another one is treated: `total` follows the dependence, `partial` takes every `wrt` as
 * given, as the operands of one operation are.
 */
type Derivative = 'total' | 'partial';

function backward(seeds: readonly Seed[], wrt: readonly Value[], derivative: Derivative): Value[] {
  const wanted = new Set(wrt);
  const isEnd = (value: Value): boolean => derivative === 'partial' && wanted.has(value);
  const leads = valuesBetween(seeds, wanted, isEnd);
  const cotangents = new Map<Value, Value>();
  const accumulate = (value: Value, cotangent: Value): void => {
    if (!leads.has(value)) return;
    const known = cotangents.get(value);
    cotangents.set(value, known === undefined ? cotangent : add(known, cotangent));
  };
  for (const { value, cotangent } of seeds) accumulate(value, cotangent);
  // A value's readers have larger ids, so its cotangent is complete when its turn comes.
  for (const value of [...leads].sort((a, b) => b.id - a.id)) {
    const cotangent = cotangents.get(value);
    const { origin } = value;
    if (cotangent === undefined || origin.kind !== 'node' || isEnd(value)) continue;
    if (!origin.inputs.some((input) => leads.has(input))) continue;
    const parts = pullBack(value, cotangent, leads);
    origin.inputs.forEach((input, index) => {
      const part = parts[index];
      if (part !== undefined) accumulate(input, part);
    });
  }
  return wrt.map((value) => cotangents.get(value) ?? zerosLike(value));
}

/** The floating values through which a gradient flows from the seeds to a wanted one, both ends included. */
function valuesBetween(
  seeds: readonly Seed[],
  wanted: ReadonlySet<Value>,
  isEnd: (value: Value) => boolean,
): Set<Value> {
  const lowest = Math.min(...[...wanted].map((value) => value.id));
  const reached = new Set<Value>();
  const pending = seeds.map(({ value }) => value);
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (value.id < lowest || reached.has(value) || !isFloating(value.dtype)) continue;
    reached.add(value);
    if (value.origin.kind === 'node' && !isEnd(value)) pending.push(...value.origin.inputs);
  }
  const leads = new Set<Value>();
  for (const value of [...reached].sort((a, b) => a.id - b.id)) {
    const { origin } = value;
    if (wanted.has(value) || (origin.kind === 'node' && origin.inputs.some((input) => leads.has(input)))) {
      leads.add(value);
    }
  }
  return leads;
}

/** The cotangents of a node's operands; undefined where none is wanted or none exists. */
function pullBack(value: Value, cotangent: Value, leads: ReadonlySet<Value>): readonly (Value | undefined)[] {
  if (value.origin.kind !== 'node') return [];
  const { operation, inputs, attributes } = value.origin;
  const wanted = inputs.map((input) => leads.has(input));
  if (operation.vjp !== undefined) return operation.vjp({ inputs, output: value, attributes, cotangent, wanted });
  if (operation.decompose !== undefined) {
    const decomposed = operation.decompose(inputs, attributes);
    // An operand that stands twice gets its whole gradient once: the sum over its places.
    const distinct = [...new Set(inputs.filter((_, index) => wanted[index]))];
    const parts = backward([{ value: decomposed, cotangent }], distinct, 'partial');
    return inputs.map((input, index) => (inputs.indexOf(input) === index ? parts[distinct.indexOf(input)] : undefined));
  }
  throw new GraphError('unsupported', 'has no derivative; detach the value or give it one', operation.name);
}
