import { type HostTensor, requireF32, type SiteDelta } from '@mokus/core';
import { type Graph, gradients, type Seed, type Value } from '@mokus/graph';
import { trialGradient } from './delta-factors.js';
import type { DeltaValues } from './delta-linear.js';

/** A value whose gradient a program returns, as the output of this name. */
export interface WantedGradient {
  readonly output: string;
  readonly value: Value;
}

/** Names of what a program returns for the gradients of a site's factors. */
export function gradientOutputs(siteId: string): { readonly u: string; readonly v: string } {
  return { u: `gradient.${siteId}.u`, v: `gradient.${siteId}.v` };
}

/** The factors of a site's delta, as gradients to return. */
export function factorGradients(siteId: string, { u, v }: DeltaValues): readonly WantedGradient[] {
  const names = gradientOutputs(siteId);
  return [
    { output: names.u, value: u },
    { output: names.v, value: v },
  ];
}

/** The backward pass from `seeds` to the wanted values, each gradient an output of the program. */
export function outputGradients(graph: Graph, seeds: readonly Seed[], wanted: readonly WantedGradient[]): void {
  const found = gradients(
    seeds,
    wanted.map(({ value }) => value),
  );
  for (const [index, { output }] of wanted.entries()) graph.output(output, found[index] as Value);
}

/** The gradients of trial deltas by site, from what such a program returns. */
export function trialGradients(
  siteIds: readonly string[],
  trials: ReadonlyMap<string, SiteDelta>,
  outputs: Readonly<Record<string, HostTensor>>,
): Map<string, SiteDelta> {
  const output = (name: string): HostTensor<'f32'> => requireF32(outputs[name] as HostTensor, name);
  return new Map(
    siteIds.map((id) => {
      const names = gradientOutputs(id);
      return [id, trialGradient(trials.get(id) as SiteDelta, output(names.u), output(names.v))];
    }),
  );
}
