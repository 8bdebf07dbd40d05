import type { DeltaSite } from '@mokus/core';
import { fill, mse, type Program, reduceMean, square, subtract, type Value } from '@mokus/graph';
import type { DeltaValues } from '../deltas/delta-linear.js';
import { factorGradients, outputGradients, type WantedGradient } from '../deltas/gradient-outputs.js';
import type { QwenImageTransformerConfig } from './config.js';
import { type BlockRange, type TracedBlocks, traceBlocks, traceVelocity } from './trace-velocity.js';

/**
 * latents -> `result`, the velocity, of the latents' shape. Reads f32 `latents` [batch, image, inChannels], `states`
 * [batch, text, conditioningSize], `time` [batch, 256], `cos` and `sin` [text + image, headDim / 2], and bool `keyMask`
 * [batch, text + image]; and for each site of `adapted` its delta (`deltaInputs`).
 */
export function velocityProgram(config: QwenImageTransformerConfig, adapted: readonly string[] = []): Program {
  const { graph, velocity } = traceVelocity(config, adapted);
  graph.output('result', velocity);
  return graph.build();
}

/** Name of what a program returns for the gradient of an input at the start of its blocks. */
export function entryGradientOutput(input: string): string {
  return `gradient.${input}`;
}

/** What a backward pass returns: the gradients of the factors at these sites, and of what enters its first block. */
export interface Wanted {
  readonly trials: readonly string[];
  readonly entry: boolean;
}

/** The same inputs and dL/d(velocity) as `cotangent` -> dL/d(states). */
export function conditioningVjpProgram(config: QwenImageTransformerConfig, adapted: readonly string[] = []): Program {
  return vjpProgram(config, adapted, { trials: [], entry: true });
}

/** The same inputs and dL/d(velocity) as `cotangent` -> dL/dU and dL/dV of the sites of `trials`, some of `adapted`. */
export function parameterGradientsProgram(
  config: QwenImageTransformerConfig,
  adapted: readonly string[],
  trials: readonly string[],
): Program {
  return vjpProgram(config, adapted, { trials, entry: false });
}

function vjpProgram(config: QwenImageTransformerConfig, adapted: readonly string[], wanted: Wanted): Program {
  const traced = traceVelocity(config, adapted);
  const cotangent = traced.graph.input('cotangent', 'f32', traced.velocity.shape);
  outputGradients(traced.graph, [{ value: traced.velocity, cotangent }], wantedGradients(traced, wanted));
  return traced.graph.build();
}

/**
 * The inputs of `velocityProgram` (or of a later range of blocks, see `traceBlocks`) and the right velocity as `target` ->
 * `losses` [batch], the mean squared error of each sample, and the gradients of their mean. The range ends the model.
 */
export function velocityLossProgram(
  config: QwenImageTransformerConfig,
  adapted: readonly string[],
  wanted: Wanted,
  range: BlockRange = { first: 0, end: config.layers },
): Program {
  const traced = traceBlocks(config, adapted, range);
  const { graph } = traced;
  const velocity = traced.velocity as Value;
  const target = graph.input('target', 'f32', velocity.shape);
  graph.output('losses', reduceMean(square(subtract(velocity, target)), { axes: [1, 2] }));
  const seeds = [{ value: mse(velocity, target), cotangent: fill(graph, [], 'f32', 1) }];
  outputGradients(graph, seeds, wantedGradients(traced, wanted));
  return graph.build();
}

/** The streams `text` and `image` behind a range of blocks inside the model. */
export function blocksProgram(
  config: QwenImageTransformerConfig,
  adapted: readonly string[],
  range: BlockRange,
): Program {
  const { graph, blocks } = traceBlocks(config, adapted, range);
  for (const [name, value] of Object.entries(blocks.at(-1) ?? {})) graph.output(name, value);
  return graph.build();
}

/** The inputs of {@link blocksProgram} and `cotangent.text`, `cotangent.image` of what it returns -> the gradients. */
export function blocksVjpProgram(
  config: QwenImageTransformerConfig,
  adapted: readonly string[],
  wanted: Wanted,
  range: BlockRange,
): Program {
  const traced = traceBlocks(config, adapted, range);
  const seeds = Object.entries(traced.blocks.at(-1) ?? {}).map(([name, value]: [string, Value]) => ({
    value,
    cotangent: traced.graph.input(cotangentInput(name), 'f32', value.shape),
  }));
  outputGradients(traced.graph, seeds, wantedGradients(traced, wanted));
  return traced.graph.build();
}

export function cotangentInput(stream: string): string {
  return `cotangent.${stream}`;
}

/** What is wanted of a range of blocks, as outputs. */
function wantedGradients({ deltas, entry }: TracedBlocks, { trials, entry: ofEntry }: Wanted): WantedGradient[] {
  const inputs = ofEntry ? Object.entries(entry) : [];
  return [
    ...trials.flatMap((id) => factorGradients(id, deltas.get(id) as DeltaValues)),
    ...inputs.map(([name, value]) => ({ output: entryGradientOutput(name), value })),
  ];
}

/** Every linear layer of the model, in the order it runs them. */
export function transformerSites(config: QwenImageTransformerConfig): readonly DeltaSite[] {
  return traceVelocity(config).sites;
}
