import { boolTensor, type HostTensor, MokusError, type Tensor, type VelocityRequest } from '@mokus/core';
import { steadyCopy } from '../steady-tensors.js';
import type { QwenImageTransformerConfig } from './config.js';
import type { RotaryTablesOf } from './rotary-positions.js';
import { timeEmbedding } from './time-embedding.js';

/** Checks a request and makes the programs' inputs of it. Throws MokusError `input` that names what does not fit. */
export function inputsOf<Latents extends Tensor>(
  config: QwenImageTransformerConfig,
  request: Omit<VelocityRequest, 'latents'> & { readonly latents: Latents },
  tablesOf: RotaryTablesOf,
): Readonly<Record<string, HostTensor | Latents>> {
  const { latents, grid, sigmas, conditioning } = request;
  const { hiddenStates, mask } = conditioning;
  const batch = sigmas.length;
  const imageTokens = grid.height * grid.width;
  requireShape('latents', latents, [batch, imageTokens, config.inChannels]);
  const textTokens = hiddenStates.shape[1] ?? 0;
  requireShape('conditioning hidden states', hiddenStates, [batch, textTokens, config.conditioningSize]);
  if (mask !== undefined) requireShape('conditioning mask', mask, [batch, textTokens]);
  for (const sigma of sigmas) {
    if (!(sigma >= 0 && sigma <= 1)) {
      throw new MokusError('input', `a noise level is in [0, 1], got ${sigma}`, { field: 'sigmas' });
    }
  }
  const { cos, sin } = tablesOf(grid, textTokens);
  const keyMask = new Uint8Array(batch * (textTokens + imageTokens)).fill(1);
  for (let sample = 0; mask !== undefined && sample < batch; sample++) {
    const row = mask.data.subarray(sample * textTokens, (sample + 1) * textTokens);
    keyMask.set(row, sample * (textTokens + imageTokens));
  }
  return {
    latents,
    states: steadyCopy(hiddenStates),
    time: timeEmbedding(sigmas),
    cos,
    sin,
    keyMask: boolTensor([batch, textTokens + imageTokens], keyMask),
  };
}

/** Throws MokusError `input` unless the tensor has this shape. */
export function requireShape(name: string, tensor: Tensor, expected: readonly number[]): void {
  if (tensor.shape.length !== expected.length || tensor.shape.some((each, axis) => each !== expected[axis])) {
    const got = `[${tensor.shape.join(', ')}]`;
    throw new MokusError('input', `the ${name} have shape ${got}, expected [${expected.join(', ')}]`, { field: name });
  }
}
