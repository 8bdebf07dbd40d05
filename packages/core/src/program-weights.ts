import { elementBytes, elementCount, isFloating, type WeightSpec } from '@mokus/graph';
import { fromFloats, toFloat32Array } from '@mokus/safetensors';
import { MokusError } from './errors.js';
import type { StorageDType, WeightEntry, WeightStore } from './weights.js';

/** Storage types by their names in .safetensors files. */
export const fileDType: Readonly<Record<StorageDType, 'F32' | 'F16' | 'BF16'>> = {
  f32: 'F32',
  f16: 'F16',
  bf16: 'BF16',
};

/** Elements as another storage type has them, each rounded once to the nearest; the bytes given where it is their own. */
export function convertStorage(bytes: Uint8Array, from: StorageDType, to: StorageDType): Uint8Array {
  return from === to ? bytes : fromFloats(toFloat32Array(bytes, fileDType[from]), fileDType[to]);
}

/**
 * The stored tensor that a program's weight names, checked: every backend does this before it loads anything. Throws
 * MokusError `weight` for one that is declared as no floating type, is missing, of another shape or outside its file,
 * `unsupported` for a storage type that the backend does not take.
 */
export function findWeight(
  store: WeightStore,
  spec: WeightSpec,
  backend: { readonly name: string; readonly storage: readonly StorageDType[] },
): WeightEntry {
  if (!isFloating(spec.dtype)) {
    throw new MokusError(
      'weight',
      `weight "${spec.name}" is declared as ${spec.dtype}; declare it in f32, f16 or bf16, and cast it in the program`,
      { tensor: spec.name },
    );
  }
  const entry = store.get(spec.name);
  if (entry === undefined) {
    throw new MokusError(
      'weight',
      `${store.name} has no tensor "${spec.name}" [${spec.shape.join(', ')}]; is it a checkpoint of this model?`,
      {
        tensor: spec.name,
        file: store.name,
      },
    );
  }
  const file = entry.source.name ?? entry.source.filePath ?? store.name;
  const where = { tensor: spec.name, file };
  if (entry.shape.join() !== spec.shape.join()) {
    throw new MokusError(
      'weight',
      `tensor "${spec.name}" in ${file} has shape [${entry.shape.join(', ')}], expected [${spec.shape.join(', ')}]; is it a checkpoint of this model?`,
      where,
    );
  }
  if (!backend.storage.includes(entry.dtype)) {
    throw new MokusError(
      'unsupported',
      `tensor "${spec.name}" in ${file} is stored as ${entry.dtype}; backend ${backend.name} takes ${backend.storage.join(', ')}: convert the checkpoint`,
      { ...where, backend: backend.name },
    );
  }
  const bytes = elementBytes[entry.dtype] * elementCount(entry.shape);
  if (entry.length !== bytes || entry.offset + entry.length > entry.source.size) {
    throw new MokusError(
      'weight',
      `tensor "${spec.name}" in ${file} needs ${bytes} bytes; its entry says ${entry.length} from ${entry.offset} of ${entry.source.size}: is the file complete?`,
      where,
    );
  }
  return entry;
}
