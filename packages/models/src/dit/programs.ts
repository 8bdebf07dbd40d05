import { addDims, dim, Graph, gradients, type Program, rmsNorm, silu, type Value } from '@mokus/graph';
import { type Streams, transformerBlock } from './block.js';
import type { QwenImageTransformerConfig } from './config.js';
import { epsilon, modulatedNorm, modulation, projection } from './layers.js';
import { timeEmbeddingSize } from './time-embedding.js';

/**
 * latents -> `result`, the velocity, of the latents' shape. Reads f32 `latents` [batch, image, inChannels], `states`
 * [batch, text, conditioningSize], `time` [batch, 256], `cos` and `sin` [text + image, headDim / 2], and bool `keyMask`
 * [batch, text + image].
 */
export function velocityProgram(config: QwenImageTransformerConfig): Program {
  const { graph, velocity } = traceVelocity(config);
  graph.output('result', velocity);
  return graph.build();
}

/** The same inputs and dL/d(velocity) as `cotangent` -> `result`, dL/d(states), of the states' shape. */
export function conditioningVjpProgram(config: QwenImageTransformerConfig): Program {
  const { graph, states, velocity } = traceVelocity(config);
  const cotangent = graph.input('cotangent', 'f32', ['batch', 'image', config.inChannels]);
  const [gradient] = gradients([{ value: velocity, cotangent }], [states]);
  graph.output('result', gradient as Value);
  return graph.build();
}

/** The forward pass as values of a fresh graph, with each block's streams for whoever wants to look inside. */
export function traceVelocity(config: QwenImageTransformerConfig): {
  readonly graph: Graph;
  readonly states: Value;
  readonly blocks: readonly Streams[];
  readonly velocity: Value;
} {
  const { hiddenSize, inChannels, conditioningSize, headDim } = config;
  const graph = new Graph();
  const joint = addDims(dim('text'), dim('image'));
  const latents = graph.input('latents', 'f32', ['batch', 'image', inChannels]);
  const states = graph.input('states', 'f32', ['batch', 'text', conditioningSize]);
  const timeFeatures = graph.input('time', 'f32', ['batch', timeEmbeddingSize]);
  const cos = graph.input('cos', 'f32', [joint, headDim / 2]);
  const sin = graph.input('sin', 'f32', [joint, headDim / 2]);
  const keyMask = graph.input('keyMask', 'bool', ['batch', joint]);

  const embedder = 'time_text_embed.timestep_embedder';
  const timeInner = projection(graph, `${embedder}.linear_1`, timeFeatures, timeEmbeddingSize, hiddenSize);
  const time = projection(graph, `${embedder}.linear_2`, silu(timeInner), hiddenSize, hiddenSize);
  const normedStates = rmsNorm(states, graph.weight('txt_norm.weight', [conditioningSize]), epsilon);
  let streams: Streams = {
    text: projection(graph, 'txt_in', normedStates, conditioningSize, hiddenSize),
    image: projection(graph, 'img_in', latents, inChannels, hiddenSize),
  };
  const blocks = Array.from({ length: config.layers }, (_, index) => {
    streams = transformerBlock(graph, config, index, streams, { time, cos, sin, keyMask });
    return streams;
  });
  // The last norm splits [scale, shift]: the other order than in the blocks.
  const [scale, shift] = modulation(graph, 'norm_out.linear', time, hiddenSize, 2) as [Value, Value];
  const velocity = projection(graph, 'proj_out', modulatedNorm(streams.image, shift, scale), hiddenSize, inChannels);
  return { graph, states, blocks, velocity };
}
