import { addDeltaRows, describeJson, MokusError, type SiteDelta } from '@mokus/core';
import {
  type FloatDtype,
  fromFloats,
  isFloatDtype,
  type SafetensorsFile,
  type TensorEntry,
  toFloat64Array,
} from '@mokus/safetensors';
import { checkDelta } from '../site-delta.js';

/** Changes of a component's matrices, by tensor name; those of one tensor add up. */
export type TensorDeltas = ReadonlyMap<string, readonly SiteDelta[]>;

/** Numbers worked on at a time: 8 MB of float64. */
const blockElements = 2 ** 20;

/** The smallest magnitude that rounds to infinity: half a step above the largest number. */
const overflowsAt: Readonly<Record<FloatDtype, number>> = {
  F16: 65520,
  BF16: 2 ** 128 * (1 - 2 ** -9),
  F32: 2 ** 128 * (1 - 2 ** -25),
  F64: Number.POSITIVE_INFINITY,
};

/**
 * Checks that deltas can be added to a stored tensor.
 *
 * @param file for messages
 * @throws MokusError `edit` (another shape, not finite), `unsupported` (a dtype that is no float): naming the tensor
 */
export function checkBakeable(name: string, entry: TensorEntry, deltas: readonly SiteDelta[], file: string): void {
  if (!isFloatDtype(entry.dtype)) {
    throw new MokusError(
      'unsupported',
      `${file}: ${describeJson(name)} is stored as ${entry.dtype}, which an edit cannot be added to; save it as F16, BF16 or F32`,
      { file, tensor: name },
    );
  }
  for (const delta of deltas) {
    checkDelta(name, delta);
    if (entry.shape.join() !== `${delta.dOut},${delta.dIn}`) {
      throw new MokusError(
        'edit',
        `${file}: ${describeJson(name)} has shape [${entry.shape.join(', ')}], the edit [${delta.dOut}, ${delta.dIn}]; ` +
          'use the checkpoint that it was made on',
        { file, tensor: name },
      );
    }
  }
}

/**
 * A stored matrix with its deltas added, as bytes of its own dtype, some rows at a time: W + dW is summed in float64
 * and rounded once, to nearest.
 *
 * @throws MokusError `edit` for a sum that the dtype cannot hold
 */
export async function* bakedBytes(
  file: SafetensorsFile,
  name: string,
  deltas: readonly SiteDelta[],
): AsyncGenerator<Uint8Array> {
  const { dtype, shape, length } = file.entry(name);
  const [rows = 0, columns = 0] = shape;
  if (!isFloatDtype(dtype)) throw new TypeError(`${name} was not checked: it is ${dtype}`);
  const rowBytes = length / rows;
  const step = Math.max(1, Math.floor(blockElements / columns));
  for (let first = 0; first < rows; first += step) {
    const count = Math.min(step, rows - first);
    const sum = toFloat64Array(await file.readRange(name, first * rowBytes, count * rowBytes), dtype);
    for (const delta of deltas) addDeltaRows(delta, first, count, sum);
    const wrong = indexFrom(sum, overflowsAt[dtype]);
    if (wrong >= 0) {
      throw new MokusError(
        'edit',
        `${describeJson(name)} would be ${sum[wrong]} at row ${first + Math.floor(wrong / columns)} with its edits, which ${dtype} ` +
          'cannot hold; make a weaker edit, or convert the checkpoint',
        { tensor: name },
      );
    }
    yield fromFloats(sum, dtype);
  }
}

/** Index of the first value whose magnitude reaches the limit, or -1. A plain loop: weights have billions of values. */
function indexFrom(values: Float64Array, limit: number): number {
  for (let index = 0; index < values.length; index++) if (Math.abs(values[index]!) >= limit) return index;
  return -1;
}
