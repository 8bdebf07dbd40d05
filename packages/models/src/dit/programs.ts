import type { DeltaSite } from '@mokus/core';
import {
  addDims,
  dim,
  fill,
  type Graph,
  gradients,
  mse,
  type Program,
  reduceMean,
  rmsNorm,
  type Seed,
  silu,
  square,
  subtract,
  type Value,
} from '@mokus/graph';
import type { DeltaValues } from '../deltas/delta-linear.js';
import { type Streams, transformerBlock } from './block.js';
import type { QwenImageTransformerConfig } from './config.js';
import { epsilon, modulatedNorm, modulation } from './layers.js';
import { timeEmbeddingSize } from './time-embedding.js';
import { Trace } from './trace.js';

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

/** The same inputs and dL/d(velocity) as `cotangent` -> `result`, dL/d(states), of the states' shape. */
export function conditioningVjpProgram(config: QwenImageTransformerConfig, adapted: readonly string[] = []): Program {
  const { graph, states, velocity } = traceVelocity(config, adapted);
  const cotangent = graph.input('cotangent', 'f32', velocity.shape);
  const [gradient] = gradients([{ value: velocity, cotangent }], [states]);
  graph.output('result', gradient as Value);
  return graph.build();
}

/** Names of what a parameter-gradient program returns for a site. */
export function gradientOutputs(siteId: string): { readonly u: string; readonly v: string } {
  return { u: `gradient.${siteId}.u`, v: `gradient.${siteId}.v` };
}

/** The same inputs and dL/d(velocity) as `cotangent` -> dL/dU and dL/dV of the sites of `trials`, some of `adapted`. */
export function parameterGradientsProgram(
  config: QwenImageTransformerConfig,
  adapted: readonly string[],
  trials: readonly string[],
): Program {
  const { graph, deltas, velocity } = traceVelocity(config, adapted);
  const cotangent = graph.input('cotangent', 'f32', velocity.shape);
  outputGradients({ value: velocity, cotangent }, deltas, trials);
  return graph.build();
}

/** What a velocity-loss program is differentiated by: the factors at these sites, or the states. */
export type LossTarget = readonly string[] | 'conditioning';

/**
 * The same inputs and the right velocity as `target` -> `losses` [batch], the mean squared error of each sample, and the
 * gradients of their mean: as {@link parameterGradientsProgram}, or `result`, dL/d(states).
 */
export function velocityLossProgram(
  config: QwenImageTransformerConfig,
  adapted: readonly string[],
  by: LossTarget,
): Program {
  const { graph, deltas, states, velocity } = traceVelocity(config, adapted);
  const target = graph.input('target', 'f32', velocity.shape);
  graph.output('losses', reduceMean(square(subtract(velocity, target)), { axes: [1, 2] }));
  const loss = { value: mse(velocity, target), cotangent: fill(graph, [], 'f32', 1) };
  if (by === 'conditioning') graph.output('result', gradients([loss], [states])[0] as Value);
  else outputGradients(loss, deltas, by);
  return graph.build();
}

function outputGradients(seed: Seed, deltas: ReadonlyMap<string, DeltaValues>, trials: readonly string[]): void {
  const factors = trials.flatMap((id) => {
    const { u, v } = deltas.get(id) as DeltaValues;
    const names = gradientOutputs(id);
    return [
      { output: names.u, value: u },
      { output: names.v, value: v },
    ];
  });
  const found = gradients(
    [seed],
    factors.map(({ value }) => value),
  );
  factors.forEach(({ output }, index) => {
    seed.value.graph.output(output, found[index] as Value);
  });
}

/** Every linear layer of the model, in the order it runs them. */
export function transformerSites(config: QwenImageTransformerConfig): readonly DeltaSite[] {
  return traceVelocity(config).sites;
}

/** The forward pass as values of a fresh graph, with each block's streams for whoever wants to look inside. */
export function traceVelocity(
  config: QwenImageTransformerConfig,
  adapted: readonly string[] = [],
): {
  readonly graph: Graph;
  readonly sites: readonly DeltaSite[];
  readonly deltas: ReadonlyMap<string, DeltaValues>;
  readonly states: Value;
  readonly blocks: readonly Streams[];
  readonly velocity: Value;
} {
  const { hiddenSize, inChannels, conditioningSize, headDim } = config;
  const trace = new Trace(new Set(adapted));
  const { graph } = trace;
  const joint = addDims(dim('text'), dim('image'));
  const latents = graph.input('latents', 'f32', ['batch', 'image', inChannels]);
  const states = graph.input('states', 'f32', ['batch', 'text', conditioningSize]);
  const timeFeatures = graph.input('time', 'f32', ['batch', timeEmbeddingSize]);
  const cos = graph.input('cos', 'f32', [joint, headDim / 2]);
  const sin = graph.input('sin', 'f32', [joint, headDim / 2]);
  const keyMask = graph.input('keyMask', 'bool', ['batch', joint]);

  const embedder = 'time_text_embed.timestep_embedder';
  const timeInner = trace.projection(`${embedder}.linear_1`, timeFeatures, timeEmbeddingSize, hiddenSize);
  const time = trace.projection(`${embedder}.linear_2`, silu(timeInner), hiddenSize, hiddenSize);
  const normedStates = rmsNorm(states, graph.weight('txt_norm.weight', [conditioningSize]), epsilon);
  let streams: Streams = {
    text: trace.projection('txt_in', normedStates, conditioningSize, hiddenSize),
    image: trace.projection('img_in', latents, inChannels, hiddenSize),
  };
  const blocks = Array.from({ length: config.layers }, (_, index) => {
    streams = transformerBlock(trace, config, index, streams, { time, cos, sin, keyMask });
    return streams;
  });
  // The last norm splits [scale, shift]: the other order than in the blocks.
  const [scale, shift] = modulation(trace, 'norm_out.linear', time, hiddenSize, 2) as [Value, Value];
  const velocity = trace.projection('proj_out', modulatedNorm(streams.image, shift, scale), hiddenSize, inChannels);
  return { graph, sites: trace.sites, deltas: trace.deltas, states, blocks, velocity };
}
