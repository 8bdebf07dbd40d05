import type { Shape } from './dims.js';
import { GraphError } from './errors.js';
import type { Value } from './graph.js';
import type { DType } from './tensor-type.js';

export interface TensorSpec {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
}

export interface WeightSpec {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/**
 * A finished tensor program: immutable, independent of any backend and of any weights. `values` is in an order in which
 * each follows its operands, and holds only what the outputs need.
 */
export interface Program {
  readonly inputs: readonly TensorSpec[];
  readonly weights: readonly WeightSpec[];
  readonly outputs: readonly (TensorSpec & { readonly value: Value })[];
  readonly values: readonly Value[];
  /** Whether it is computed in the types that it is written in where a backend otherwise computes in a narrower one. */
  readonly asWritten: boolean;
}

export interface BuildOptions {
  /** See {@link Program.asWritten}. Default: false. */
  readonly asWritten?: boolean | undefined;
}

/** Values and all that they are computed from. */
function neededFor(values: Iterable<Value>): Set<Value> {
  const needed = new Set<Value>();
  const pending = [...values];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (needed.has(value)) continue;
    needed.add(value);
    if (value.origin.kind === 'node') pending.push(...value.origin.inputs);
  }
  return needed;
}

/** @internal What the outputs need, and every input. */
export function buildProgram(
  inputs: readonly TensorSpec[],
  outputs: ReadonlyMap<string, Value>,
  { asWritten = false }: BuildOptions = {},
): Program {
  if (outputs.size === 0) throw new GraphError('graph', 'a program needs at least one output: call graph.output');
  const values = [...neededFor(outputs.values())].sort((a, b) => a.id - b.id);
  return {
    inputs,
    weights: values.flatMap(({ origin, dtype, shape }) =>
      origin.kind === 'weight' ? [{ name: origin.name, dtype, shape: shape as readonly number[] }] : [],
    ),
    outputs: [...outputs].map(([name, value]) => ({ name, dtype: value.dtype, shape: value.shape, value })),
    values,
    asWritten,
  };
}
