import type { DeltaSite } from '@mokus/core';
import { add, type Graph, linear, type Value } from '@mokus/graph';

/** A site's delta as inputs of a program: dW = U V with U [dOut, rank] and V [rank, dIn]. */
export interface DeltaValues {
  readonly u: Value;
  readonly v: Value;
}

/** Input names of a site's delta. */
export function deltaInputs(siteId: string): { readonly u: string; readonly v: string } {
  return { u: `${siteId}.u`, v: `${siteId}.v` };
}

/** Declares the inputs of a site's delta; each site has a rank of its own. */
export function declareDelta(graph: Graph, { id, dOut, dIn }: Pick<DeltaSite, 'id' | 'dOut' | 'dIn'>): DeltaValues {
  const names = deltaInputs(id);
  const rank = `rank.${id}`;
  return { u: graph.input(names.u, 'f32', [dOut, rank]), v: graph.input(names.v, 'f32', [rank, dIn]) };
}

/** A layer's output with its delta: W x + U (V x). */
export function withDelta(output: Value, input: Value, { u, v }: DeltaValues): Value {
  return add(output, linear(linear(input, v), u));
}
