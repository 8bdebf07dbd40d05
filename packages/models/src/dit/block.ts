import { add, attention, concat, multiply, reshape, rmsNorm, rotaryEmbedding, slice, type Value } from '@mokus/graph';
import type { QwenImageTransformerConfig } from './config.js';
import { epsilon, feedForward, modulatedNorm, modulation } from './layers.js';
import type { Trace } from './trace.js';

/** The two streams of hidden states: text [batch, text, d], image [batch, image, d]. */
export interface Streams {
  readonly text: Value;
  readonly image: Value;
}

/** What every block reads besides the streams. */
export interface BlockContext {
  /** [batch, d]. */
  readonly time: Value;
  /** [text + image, headDim / 2]. */
  readonly cos: Value;
  readonly sin: Value;
  /** bool [batch, text + image]: the keys that may be attended to. */
  readonly keyMask: Value;
}

/** Names of one stream's parts inside a block's `attn`. */
const parts = {
  text: {
    q: 'add_q_proj',
    k: 'add_k_proj',
    v: 'add_v_proj',
    normQ: 'norm_added_q',
    normK: 'norm_added_k',
    out: 'to_add_out',
  },
  image: { q: 'to_q', k: 'to_k', v: 'to_v', normQ: 'norm_q', normK: 'norm_k', out: 'to_out.0' },
} as const;

/** A dual-stream block: joint attention over [text, image] and an MLP for each stream, all modulated by the time. */
export function transformerBlock(
  trace: Trace,
  config: QwenImageTransformerConfig,
  index: number,
  streams: Streams,
  context: BlockContext,
): Streams {
  const name = `transformer_blocks.${index}`;
  const { hiddenSize } = config;
  const textModulation = sixParts(modulation(trace, `${name}.txt_mod.1`, context.time, hiddenSize, 6));
  const imageModulation = sixParts(modulation(trace, `${name}.img_mod.1`, context.time, hiddenSize, 6));
  const attended = jointAttention(trace, config, `${name}.attn`, context, {
    text: modulatedNorm(streams.text, textModulation.shift1, textModulation.scale1),
    image: modulatedNorm(streams.image, imageModulation.shift1, imageModulation.scale1),
  });
  const finish = (stream: Value, update: Value, { gate1, shift2, scale2, gate2 }: SixParts, mlp: string): Value => {
    const middle = add(stream, multiply(gate1, update));
    const inner = feedForward(trace, `${name}.${mlp}`, modulatedNorm(middle, shift2, scale2), hiddenSize);
    return add(middle, multiply(gate2, inner));
  };
  return {
    text: finish(streams.text, attended.text, textModulation, 'txt_mlp'),
    image: finish(streams.image, attended.image, imageModulation, 'img_mlp'),
  };
}

type SixParts = Readonly<Record<'shift1' | 'scale1' | 'gate1' | 'shift2' | 'scale2' | 'gate2', Value>>;

function sixParts(values: readonly Value[]): SixParts {
  const [shift1, scale1, gate1, shift2, scale2, gate2] = values as [Value, Value, Value, Value, Value, Value];
  return { shift1, scale1, gate1, shift2, scale2, gate2 };
}

function jointAttention(
  trace: Trace,
  { heads, headDim, hiddenSize }: QwenImageTransformerConfig,
  name: string,
  { cos, sin, keyMask }: BlockContext,
  streams: Streams,
): Streams {
  const headsOf = (stream: 'text' | 'image', part: 'q' | 'k' | 'v'): Value => {
    const x = streams[stream];
    const projected = trace.projection(`${name}.${parts[stream][part]}`, x, hiddenSize, hiddenSize);
    return reshape(projected, [x.dim(0), x.dim(1), heads, headDim]);
  };
  const normed = (stream: 'text' | 'image', part: 'q' | 'k'): Value => {
    const norm = parts[stream][part === 'q' ? 'normQ' : 'normK'];
    return rmsNorm(headsOf(stream, part), trace.graph.weight(`${name}.${norm}.weight`, [headDim]), epsilon);
  };
  const turned = (part: 'q' | 'k'): Value =>
    rotaryEmbedding(concat([normed('text', part), normed('image', part)], 1), cos, sin, 'pairs');
  const v = concat([headsOf('text', 'v'), headsOf('image', 'v')], 1);
  const joint = attention(turned('q'), turned('k'), v, { keyMask });
  const flat = reshape(joint, [joint.dim(0), joint.dim(1), hiddenSize]);
  const textLength = streams.text.dim(1);
  const outOf = (stream: 'text' | 'image', rows: Value): Value =>
    trace.projection(`${name}.${parts[stream].out}`, rows, hiddenSize, hiddenSize);
  return {
    text: outOf('text', slice(flat, 1, 0, textLength)),
    image: outOf('image', slice(flat, 1, textLength, flat.dim(1))),
  };
}
