import {
  f32Tensor,
  type HostTensor,
  MokusError,
  type StateOffset,
  type StatePlace,
  type StateStart,
} from '@mokus/core';
import type { TextEncoderProgramOptions } from './programs.js';
import type { PaddedBatch } from './token-batch.js';

/** What a program that begins at a layer is fed besides what every program is. */
export interface StartInputs {
  /** The first layer that is computed. */
  readonly layer: number;
  /** ids or states. */
  readonly inputs: Readonly<Record<string, HostTensor>>;
  /** What the program's name ends with; empty where it begins at the tokens. */
  readonly name: string;
}

/** Throws MokusError `input` for a start above the tap, states of another shape, or a place below the start. */
export function startInputs(
  batch: PaddedBatch,
  request: {
    readonly start?: StateStart | undefined;
    readonly places?: readonly StatePlace[] | undefined;
    readonly offsets?: readonly StateOffset[] | undefined;
  },
  { config: { hiddenSize }, tapDepth }: TextEncoderProgramOptions,
): StartInputs {
  const { start, places = [], offsets = [] } = request;
  if (start === undefined) return { layer: 0, inputs: { ids: batch.ids }, name: '' };
  const { layer, states } = start;
  const refuse = (why: string): never => {
    throw new MokusError('input', `a computation from layer ${layer}: ${why}`, { field: 'start' });
  };
  if (!Number.isInteger(layer) || layer < 1 || layer > tapDepth) refuse(`expected a layer from 1 to ${tapDepth}`);
  const rows = batch.rowIndices(batch.allRows).data;
  if (states.shape.length !== 2 || states.shape[0] !== rows.length || states.shape[1] !== hiddenSize) {
    refuse(`its states are [${states.shape.join(', ')}], expected [${rows.length}, ${hiddenSize}]`);
  }
  const below = [...places, ...offsets.map(({ place }) => place)].find((place) => place.layer < layer);
  if (below !== undefined) refuse(`layer ${below.layer} is not computed`);
  const padded = new Float32Array(batch.sequences.length * batch.length * hiddenSize);
  rows.forEach((index, row) => {
    padded.set(states.data.subarray(row * hiddenSize, (row + 1) * hiddenSize), index * hiddenSize);
  });
  return {
    layer,
    inputs: { states: f32Tensor([batch.sequences.length, batch.length, hiddenSize], padded) },
    name: ` from layer ${layer}`,
  };
}
