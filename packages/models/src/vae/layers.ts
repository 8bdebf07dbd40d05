import {
  add,
  attention,
  conv2d,
  divide,
  type Graph,
  linear,
  maximum,
  multiply,
  multiplyDims,
  type Padding2d,
  reduceSum,
  reshape,
  silu,
  slice,
  sqrt,
  square,
  transpose,
  type Value,
} from '@mokus/graph';

/**
 * A causal k x k x k convolution of a video, applied to one frame: time is padded with zeros in front, so only the last
 * temporal slice of the kernel ever meets the frame. The stored weight stays five-dimensional; a backend folds the
 * slice into a constant.
 */
export function causalConv(graph: Graph, name: string, x: Value, dIn: number, dOut: number, kernel: 1 | 3): Value {
  const whole = graph.weight(`${name}.weight`, [dOut, dIn, kernel, kernel, kernel]);
  const weight = reshape(slice(whole, 2, kernel - 1, kernel), [dOut, dIn, kernel, kernel]);
  return conv2d(x, weight, { bias: graph.weight(`${name}.bias`, [dOut]), padding: (kernel - 1) / 2 });
}

/** A plain 3 x 3 convolution, as the resampling layers have. */
export function pictureConv(
  graph: Graph,
  name: string,
  x: Value,
  dIn: number,
  dOut: number,
  options: { readonly stride?: number; readonly padding: number | Padding2d },
): Value {
  const weight = graph.weight(`${name}.weight`, [dOut, dIn, 3, 3]);
  return conv2d(x, weight, { bias: graph.weight(`${name}.bias`, [dOut]), ...options });
}

/** x / max(|x|_2 over channels, 1e-12) * sqrt(channels) * gamma. `video` norms store gamma [C, 1, 1, 1], others [C, 1, 1]. */
function channelNorm(graph: Graph, name: string, x: Value, channels: number, kind: 'video' | 'picture'): Value {
  const stored = graph.weight(`${name}.gamma`, kind === 'video' ? [channels, 1, 1, 1] : [channels, 1, 1]);
  const gamma = multiply(reshape(stored, [channels, 1, 1]), Math.sqrt(channels));
  const length = maximum(sqrt(reduceSum(square(x), { axes: [1], keepDims: true })), 1e-12);
  return multiply(divide(x, length), gamma);
}

/** Twice norm, SiLU, convolution; added to the input, which a 1 x 1 x 1 convolution brings to `dOut` channels. */
export function residualBlock(graph: Graph, name: string, x: Value, dIn: number, dOut: number): Value {
  const first = silu(channelNorm(graph, `${name}.norm1`, x, dIn, 'video'));
  const middle = causalConv(graph, `${name}.conv1`, first, dIn, dOut, 3);
  const second = silu(channelNorm(graph, `${name}.norm2`, middle, dOut, 'video'));
  const update = causalConv(graph, `${name}.conv2`, second, dOut, dOut, 3);
  return add(update, dIn === dOut ? x : causalConv(graph, `${name}.conv_shortcut`, x, dIn, dOut, 1));
}

/** Self-attention over the positions of a picture, one head, residual. */
function attentionBlock(graph: Graph, name: string, x: Value, channels: number): Value {
  const [batch, height, width] = [x.dim(0), x.dim(2), x.dim(3)];
  const positions = multiplyDims(height, width);
  const layer = (part: string, rows: Value, dOut: number): Value => {
    const weight = reshape(graph.weight(`${name}.${part}.weight`, [dOut, channels, 1, 1]), [dOut, channels]);
    return linear(rows, weight, graph.weight(`${name}.${part}.bias`, [dOut]));
  };
  const normed = channelNorm(graph, `${name}.norm`, x, channels, 'picture');
  const rows = transpose(reshape(normed, [batch, channels, positions]), [0, 2, 1]);
  const qkv = layer('to_qkv', rows, 3 * channels);
  const part = (index: number): Value =>
    reshape(slice(qkv, 2, index * channels, (index + 1) * channels), [batch, positions, 1, channels]);
  const attended = reshape(attention(part(0), part(1), part(2)), [batch, positions, channels]);
  const update = transpose(layer('proj', attended, channels), [0, 2, 1]);
  return add(x, reshape(update, [batch, channels, height, width]));
}

/** The lowest level: residual block, attention, residual block. */
export function middleBlock(graph: Graph, name: string, x: Value, channels: number): Value {
  const first = residualBlock(graph, `${name}.resnets.0`, x, channels, channels);
  const attended = attentionBlock(graph, `${name}.attentions.0`, first, channels);
  return residualBlock(graph, `${name}.resnets.1`, attended, channels, channels);
}

/** Norm, SiLU and the last convolution. */
export function head(graph: Graph, name: string, x: Value, dIn: number, dOut: number): Value {
  const normed = silu(channelNorm(graph, `${name}.norm_out`, x, dIn, 'video'));
  return causalConv(graph, `${name}.conv_out`, normed, dIn, dOut, 3);
}
