import { elementCount } from '@mokus/graph';
import type { TensorEntry } from '@mokus/safetensors';
import type { TensorCount } from './inspection.js';

export function countTensors(entries: Iterable<Pick<TensorEntry, 'shape' | 'length'>>): TensorCount {
  let [tensors, parameters, bytes] = [0, 0, 0];
  for (const { shape, length } of entries) {
    tensors += 1;
    parameters += elementCount(shape);
    bytes += length;
  }
  return { tensors, parameters, bytes };
}

/** Counts by dtype, the largest share first. */
export function countByDtype(entries: readonly TensorEntry[]): Record<string, TensorCount> {
  const dtypes = [...new Set(entries.map(({ dtype }) => dtype))];
  const counts = dtypes.map((dtype) => [dtype, countTensors(entries.filter((each) => each.dtype === dtype))] as const);
  return Object.fromEntries(counts.sort(([, a], [, b]) => b.bytes - a.bytes));
}
