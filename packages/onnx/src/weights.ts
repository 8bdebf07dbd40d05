import { fileDType, findWeight, MokusError, type StorageDType, type WeightStore } from '@mokus/core';
import type { WeightSpec } from '@mokus/graph';
import { fromFloats, toFloat32Array } from '@mokus/safetensors';
import { TensorProto_DataLocation as DataLocation } from 'onnx-buf';
import { dataTypeOf, type TensorInit } from './proto.js';

/** How the weights of a component reach onnxruntime. */
export interface PlacedWeights {
  readonly initializers: readonly TensorInit[];
  /** Buffers that initializers name as their file: weights that lie in no local file. */
  readonly externalData: readonly { readonly path: string; readonly data: Uint8Array }[];
  /** The folder that initializers' locations are relative to, where they name files. */
  readonly folder: string | undefined;
}

export interface WeightPlacement {
  readonly backend: string;
  readonly storage: readonly StorageDType[];
  /** Whether the runtime maps files itself; a browser's cannot. */
  readonly mapsFiles: boolean;
  /**
   * Whether the runtime casts a stored type to the one that programs compute in. Where it does not, weights are
   * converted on the host while they load.
   */
  readonly castsStorage: boolean;
}

/** A weight as the outer graph holds it: stored in `dtype` under `name`. */
export function weightName(weight: string): string {
  return `weight/${weight}`;
}

/** The element type of each initializer, by its name. */
export function initializerTypes({ initializers }: PlacedWeights): ReadonlyMap<string, number> {
  return new Map(initializers.map(({ name = '', dataType = 0 }) => [name, dataType]));
}

/**
 * Initializers for `specs`, one a stored tensor. A weight in a local file stays there: its initializer names the file
 * and the offset, and onnxruntime maps it. Throws MokusError `weight` and `unsupported`, see {@link findWeight}.
 */
export async function placeWeights(
  specs: Iterable<WeightSpec>,
  store: WeightStore,
  placement: WeightPlacement,
): Promise<PlacedWeights> {
  const initializers: TensorInit[] = [];
  const externalData: { path: string; data: Uint8Array }[] = [];
  let folder: string | undefined;
  for (const spec of specs) {
    const entry = findWeight(store, spec, { name: placement.backend, storage: placement.storage });
    const dtype = placement.castsStorage ? entry.dtype : floating(spec);
    const file = placement.mapsFiles && dtype === entry.dtype ? locate(entry.source.filePath) : undefined;
    if (file !== undefined && (folder === undefined || folder === file.root)) {
      folder = file.root;
      initializers.push(external(spec, dtype, file.location, entry.offset, entry.length));
    } else {
      const path = `weights-${externalData.length}.bin`;
      const stored = await entry.source.read(entry.offset, entry.length);
      const data =
        dtype === entry.dtype ? stored : fromFloats(toFloat32Array(stored, fileDType[entry.dtype]), fileDType[dtype]);
      externalData.push({ path, data });
      initializers.push(external(spec, dtype, path, 0, data.length));
    }
  }
  return { initializers, externalData, folder };
}

/**
 * onnxruntime resolves a location inside one folder and refuses absolute ones; with the root of the file system as that
 * folder, any file can be named, wherever a component lies and whatever links lead to it.
 */
function locate(filePath: string | undefined): { readonly root: string; readonly location: string } | undefined {
  const root = filePath?.match(/^(?:\/|[A-Za-z]:[\\/])/)?.[0];
  return filePath === undefined || root === undefined ? undefined : { root, location: filePath.slice(root.length) };
}

function external(spec: WeightSpec, dtype: StorageDType, location: string, offset: number, length: number): TensorInit {
  return {
    name: weightName(spec.name),
    dataType: dataTypeOf[dtype],
    dims: spec.shape.map(BigInt),
    dataLocation: DataLocation.EXTERNAL,
    externalData: [
      { key: 'location', value: location },
      { key: 'offset', value: String(offset) },
      { key: 'length', value: String(length) },
    ],
  };
}

function floating(spec: WeightSpec): StorageDType {
  if (spec.dtype === 'f32' || spec.dtype === 'f16' || spec.dtype === 'bf16') return spec.dtype;
  throw new MokusError('weight', `weight "${spec.name}" is declared as ${spec.dtype}; weights are floating`, {
    tensor: spec.name,
  });
}
