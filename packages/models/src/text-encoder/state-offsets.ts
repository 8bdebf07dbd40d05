import { f32Tensor, type HostTensor, MokusError, type StateOffset, type StatePlace } from '@mokus/core';
import { setName } from '../set-name.js';
import { stateName } from './decoder.js';
import type { DecoderConfig } from './decoder-config.js';
import { offsetInput } from './programs.js';
import type { PaddedBatch } from './token-batch.js';

type Sizes = Pick<DecoderConfig, 'layers' | 'hiddenSize'>;

const parts: readonly string[] = ['attention', 'mlp', 'block'] satisfies StatePlace['part'][];

/** Distinct places in the order given. Throws MokusError `input` for one that the model does not have. */
export function distinctPlaces(places: readonly StatePlace[], { layers }: Sizes): StatePlace[] {
  for (const { layer, part } of places) {
    if (!Number.isInteger(layer) || layer < 0 || layer >= layers || !parts.includes(part)) {
      throw new MokusError(
        'input',
        `there is no state '${part}' of layer ${layer}: layers are 0 to ${layers - 1}, parts ${parts.join(', ')}`,
        { field: 'places' },
      );
    }
  }
  return [...new Map(places.map((place) => [stateName(place), place])).values()];
}

/** What a program with offsets needs. */
export interface OffsetInputs {
  readonly places: readonly StatePlace[];
  readonly inputs: Readonly<Record<string, HostTensor<'f32'>>>;
  /** What the program's name ends with; empty without offsets. */
  readonly name: string;
}

/** Throws MokusError `input` for places, rows or shapes that do not fit. */
export function offsetInputs(batch: PaddedBatch, offsets: readonly StateOffset[], sizes: Sizes): OffsetInputs {
  const places = distinctPlaces(
    offsets.map(({ place }) => place),
    sizes,
  );
  return {
    places,
    inputs: Object.fromEntries(places.map((place) => [offsetInput(place), denseOffset(batch, place, offsets, sizes)])),
    name: places.length === 0 ? '' : ` with offsets ${setName(places.map(stateName))}`,
  };
}

/** f32 [batch, length, hiddenSize]. */
function denseOffset(
  batch: PaddedBatch,
  place: StatePlace,
  offsets: readonly StateOffset[],
  { hiddenSize }: Sizes,
): HostTensor<'f32'> {
  const dense = new Float32Array(batch.sequences.length * batch.length * hiddenSize);
  for (const { rows, values } of offsets.filter((each) => stateName(each.place) === stateName(place))) {
    if (values.shape.length !== 2 || values.shape[0] !== rows.length || values.shape[1] !== hiddenSize) {
      throw new MokusError(
        'input',
        `the offset of ${stateName(place)} is [${values.shape.join(', ')}], expected [${rows.length}, ${hiddenSize}]`,
        { field: 'offsets' },
      );
    }
    batch.rowIndices(rows).data.forEach((index, row) => {
      for (let at = 0; at < hiddenSize; at++) dense[index * hiddenSize + at]! += values.data[row * hiddenSize + at]!;
    });
  }
  return f32Tensor([batch.sequences.length, batch.length, hiddenSize], dense);
}
