import { toFloat32Array } from '@mokus/safetensors';
import { fileDType, findWeight } from './program-weights.js';
import { f32Tensor, type HostTensor } from './tensor.js';
import type { StorageDType, WeightStore } from './weights.js';

const storage: readonly StorageDType[] = ['f32', 'f16', 'bf16'];

/**
 * A stored tensor in host memory, as f32 (exact from every storage type). Throws MokusError `weight` for one that is
 * missing, of another shape or outside its file.
 */
export async function readWeight(
  store: WeightStore,
  name: string,
  shape: readonly number[],
): Promise<HostTensor<'f32'>> {
  const entry = findWeight(store, { name, dtype: 'f32', shape }, { name: 'host memory', storage });
  const bytes = await entry.source.read(entry.offset, entry.length);
  return f32Tensor(shape, toFloat32Array(bytes, fileDType[entry.dtype]));
}
