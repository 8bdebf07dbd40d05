import { add, gelu, layerNorm, multiply, reshape, silu, slice, type Value } from '@mokus/graph';
import type { Trace } from './trace.js';

/** Epsilon of every norm in the model: fixed in the architecture, not in its config. */
export const epsilon = 1e-6;

/** `parts` vectors of modulation, each [batch, 1, hidden], from the time embedding [batch, hidden]. */
export function modulation(trace: Trace, name: string, time: Value, hiddenSize: number, parts: number): Value[] {
  const all = trace.projection(name, silu(time), hiddenSize, parts * hiddenSize);
  const split = reshape(all, [time.dim(0), parts, hiddenSize]);
  return Array.from({ length: parts }, (_, part) => slice(split, 1, part, part + 1));
}

/** LN(x) (1 + scale) + shift, the norm without weights. */
export function modulatedNorm(x: Value, shift: Value, scale: Value): Value {
  return add(multiply(layerNorm(x, { epsilon }), add(scale, 1)), shift);
}

/** Linear to 4 d, tanh-GELU, linear back. */
export function feedForward(trace: Trace, name: string, x: Value, hiddenSize: number): Value {
  const inner = trace.projection(`${name}.net.0.proj`, x, hiddenSize, 4 * hiddenSize);
  return trace.projection(`${name}.net.2`, gelu(inner, { approximate: 'tanh' }), 4 * hiddenSize, hiddenSize);
}
