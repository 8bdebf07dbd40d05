import type { DeltaSite } from '@mokus/core';
import { addDims, dim, type Graph, rmsNorm, silu, type Value } from '@mokus/graph';
import type { DeltaValues } from '../deltas/delta-linear.js';
import { type Streams, transformerBlock } from './block.js';
import type { QwenImageTransformerConfig } from './config.js';
import { epsilon, modulatedNorm, modulation } from './layers.js';
import { timeEmbeddingSize } from './time-embedding.js';
import { Trace } from './trace.js';

/** Blocks that follow each other, from `first` up to and without `end`. */
export interface BlockRange {
  readonly first: number;
  readonly end: number;
}

/** The forward pass of a range of blocks as values of a fresh graph. */
export interface TracedBlocks {
  readonly graph: Graph;
  /** Every linear layer, in the order it runs them; the time embedding belongs to every range. */
  readonly sites: readonly DeltaSite[];
  readonly deltas: ReadonlyMap<string, DeltaValues>;
  /** What a gradient may be asked of at the range's start: `states` where it is the model's, else the two streams. */
  readonly entry: Readonly<Record<string, Value>>;
  /** What each block returns. */
  readonly blocks: readonly Streams[];
  /** Of the range that ends the model. */
  readonly velocity: Value | undefined;
}

/** The whole forward pass. */
export type TracedVelocity = TracedBlocks & { readonly velocity: Value };

/**
 * The inputs are those of `velocityProgram`; in a range that starts inside the model the streams `text` [batch, text, d]
 * and `image` [batch, image, d] stand in place of `states` and `latents`.
 */
export function traceBlocks(
  config: QwenImageTransformerConfig,
  adapted: readonly string[],
  { first, end }: BlockRange,
): TracedBlocks {
  const { hiddenSize, inChannels, conditioningSize, headDim, layers } = config;
  const trace = new Trace(new Set(adapted));
  const { graph } = trace;
  const joint = addDims(dim('text'), dim('image'));
  const whole = first === 0;
  const [textInput, textSize] = whole ? ['states', conditioningSize] : ['text', hiddenSize];
  const [imageInput, imageSize] = whole ? ['latents', inChannels] : ['image', hiddenSize];
  const image = graph.input(imageInput, 'f32', ['batch', 'image', imageSize]);
  const text = graph.input(textInput, 'f32', ['batch', 'text', textSize]);
  const timeFeatures = graph.input('time', 'f32', ['batch', timeEmbeddingSize]);
  const cos = graph.input('cos', 'f32', [joint, headDim / 2]);
  const sin = graph.input('sin', 'f32', [joint, headDim / 2]);
  const keyMask = graph.input('keyMask', 'bool', ['batch', joint]);

  const embedder = 'time_text_embed.timestep_embedder';
  const timeInner = trace.projection(`${embedder}.linear_1`, timeFeatures, timeEmbeddingSize, hiddenSize);
  const time = trace.projection(`${embedder}.linear_2`, silu(timeInner), hiddenSize, hiddenSize);
  const embedded = (): Streams => {
    const normedStates = rmsNorm(text, graph.weight('txt_norm.weight', [conditioningSize]), epsilon);
    return {
      text: trace.projection('txt_in', normedStates, conditioningSize, hiddenSize),
      image: trace.projection('img_in', image, inChannels, hiddenSize),
    };
  };
  let streams: Streams = whole ? embedded() : { text, image };
  const blocks = Array.from({ length: end - first }, (_, index) => {
    streams = transformerBlock(trace, config, first + index, streams, { time, cos, sin, keyMask });
    return streams;
  });
  const velocityOf = (): Value => {
    // The last norm splits [scale, shift]: the other order than in the blocks.
    const [scale, shift] = modulation(trace, 'norm_out.linear', time, hiddenSize, 2) as [Value, Value];
    return trace.projection('proj_out', modulatedNorm(streams.image, shift, scale), hiddenSize, inChannels);
  };
  return {
    velocity: end === layers ? velocityOf() : undefined,
    graph,
    sites: trace.sites,
    deltas: trace.deltas,
    entry: whole ? { states: text } : { text, image },
    blocks,
  };
}

/** The whole forward pass, with each block's streams for whoever wants to look inside. */
export function traceVelocity(config: QwenImageTransformerConfig, adapted: readonly string[] = []): TracedVelocity {
  return traceBlocks(config, adapted, { first: 0, end: config.layers }) as TracedVelocity;
}
