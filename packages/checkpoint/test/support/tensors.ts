import { type Dtype, fromFloats, isFloatDtype, type TensorToWrite, writeSafetensors } from '@mokus/safetensors';

/** A file of vectors: by name, the values, as F32 unless the name is given with another dtype after a `:`. */
export function tensorFile(tensors: Readonly<Record<string, readonly number[]>>): Promise<Uint8Array> {
  return writeSafetensors(Object.entries(tensors).map(([key, values]) => vector(key, values)));
}

function vector(key: string, values: readonly number[]): TensorToWrite {
  const [name = '', given = 'F32'] = key.split(':');
  const dtype = given as Dtype;
  const data = isFloatDtype(dtype) ? fromFloats(Float64Array.from(values), dtype) : Uint8Array.from(values);
  return { name, dtype, shape: [values.length], data };
}

/** The JSON of an index over shards. */
export function indexOf(weightMap: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ metadata: { total_size: 1 }, weight_map: weightMap });
}
