import { fromFloats, memorySource } from '@mokus/safetensors';
import { fileDType } from '../../program-weights.js';
import type { ByteSource, StorageDType, WeightEntry, WeightStore } from '../../weights.js';

/** For programs that read none. */
export const noWeights: WeightStore = { name: 'no weights', get: () => undefined, names: () => [] };

export interface WeightToStore {
  readonly name: string;
  readonly dtype: StorageDType;
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

/**
 * The weights one after another in one source, from `before` bytes on, so that offsets need not be aligned. `place` puts
 * the bytes somewhere else than in memory.
 */
export async function storeWeights(
  weights: readonly WeightToStore[],
  { before = 0, place }: { before?: number; place?: ((bytes: Uint8Array) => Promise<ByteSource>) | undefined } = {},
): Promise<WeightStore> {
  const parts = weights.map(({ values, dtype }) => fromFloats(values, fileDType[dtype]));
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, before));
  const offsets: number[] = [];
  let offset = before;
  for (const part of parts) {
    bytes.set(part, offset);
    offsets.push(offset);
    offset += part.length;
  }
  const source = place === undefined ? memorySource(bytes) : await place(bytes);
  const entries = new Map(
    weights.map(({ name, dtype, shape }, index): [string, WeightEntry] => [
      name,
      { name, dtype, shape, source, offset: offsets[index]!, length: parts[index]!.length },
    ]),
  );
  return { name: 'test weights', get: (name) => entries.get(name), names: () => entries.keys() };
}
