import { f32Tensor, type HostTensor } from '@mokus/core';
import { RecentValues } from '../recent-values.js';
import { steady } from '../steady-tensors.js';
import type { RotaryConfig } from './rotary-config.js';

export interface RotaryTable {
  readonly cos: HostTensor<'f32'>;
  readonly sin: HostTensor<'f32'>;
}

/**
 * cos and sin of position * frequency for positions 0 to length - 1, f32 [length, headDim / 2] each, computed in float64.
 * The frequencies are theta^(-2 j / headDim) for j < headDim / 2 (Su et al. 2021, equation 15), stretched as the config
 * says.
 */
export function rotaryTable(length: number, headDim: number, rotary: RotaryConfig): RotaryTable {
  const half = headDim / 2;
  const frequencies = rotaryFrequencies(headDim, rotary);
  const factor = rotary.scaling.kind === 'yarn' ? rotary.scaling.attentionFactor : 1;
  const table = (turn: (angle: number) => number): HostTensor<'f32'> => {
    const data = new Float32Array(length * half);
    for (let position = 0; position < length; position++) {
      frequencies.forEach((frequency, j) => {
        data[position * half + j] = factor * turn(position * frequency);
      });
    }
    return f32Tensor([length, half], data);
  };
  return { cos: table(Math.cos), sin: table(Math.sin) };
}

/** How many lengths are kept: an editor goes round a batch, its contexts, the protected prompts. */
const keptLengths = 8;

/**
 * {@link rotaryTable} by length: the same tensors when a length is asked for again, and each the beginning of the longest
 * so far, for an answer that is generated is one longer with each token.
 */
export function keptRotaryTable(headDim: number, rotary: RotaryConfig): (length: number) => RotaryTable {
  const half = headDim / 2;
  const recent = new RecentValues<number, RotaryTable>(keptLengths);
  let longest = rotaryTable(0, headDim, rotary);
  const beginning = ({ data }: HostTensor<'f32'>, length: number): HostTensor<'f32'> =>
    steady(f32Tensor([length, half], data.subarray(0, length * half)));
  return (length) =>
    recent.get(length, () => {
      // Twice the length, so that a growing answer makes few of them.
      if (longest.cos.data.length < length * half) longest = rotaryTable(2 * length, headDim, rotary);
      return { cos: beginning(longest.cos, length), sin: beginning(longest.sin, length) };
    });
}

function rotaryFrequencies(headDim: number, { theta, scaling }: RotaryConfig): number[] {
  const base = Array.from({ length: headDim / 2 }, (_, j) => theta ** ((-2 * j) / headDim));
  switch (scaling.kind) {
    case 'none':
      return base;
    case 'linear':
      return base.map((frequency) => frequency / scaling.factor);
    case 'llama3': {
      const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalPositions } = scaling;
      return base.map((frequency) => {
        const turns = (originalPositions * frequency) / (2 * Math.PI);
        const kept = between01((turns - low) / (high - low));
        return frequency * (kept + (1 - kept) / factor);
      });
    }
    case 'yarn': {
      const { factor, betaFast, betaSlow, originalPositions, truncate } = scaling;
      /** The dimension, as a fraction, that turns so often over the original length. */
      const dimensionOf = (turns: number): number =>
        (headDim * Math.log(originalPositions / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
      const ends = [dimensionOf(betaFast), dimensionOf(betaSlow)] as const;
      const first = Math.max(truncate ? Math.floor(ends[0]) : ends[0], 0);
      const last = Math.min(truncate ? Math.ceil(ends[1]) : ends[1], headDim - 1);
      // A ramp of no length would divide by 0; transformers gives it this one.
      const width = last === first ? 0.001 : last - first;
      return base.map((frequency, j) => {
        const stretched = between01((j - first) / width);
        return frequency * (1 - stretched + stretched / factor);
      });
    }
  }
}

function between01(value: number): number {
  return Math.min(Math.max(value, 0), 1);
}
