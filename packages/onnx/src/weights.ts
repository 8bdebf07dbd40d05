import { convertStorage, findWeight, type StorageDType, type WeightEntry, type WeightStore } from '@mokus/core';
import type { WeightSpec } from '@mokus/graph';
import { TensorProto_DataLocation as DataLocation } from 'onnx-buf';
import { weightName } from './names.js';
import { dataTypeOf, type TensorInit } from './proto.js';

/** How the weights of a component reach onnxruntime. */
export interface PlacedWeights {
  readonly initializers: readonly TensorInit[];
  /** Buffers that initializers name as their file: weights that lie in no local file. */
  readonly externalData: readonly { readonly path: string; readonly data: Uint8Array }[];
  /** Bytes of all of them, as they are stored. */
  readonly bytes: number;
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

/** The element type of each initializer, by its name. */
export function initializerTypes({ initializers }: PlacedWeights): ReadonlyMap<string, number> {
  return new Map(initializers.map(({ name = '', dataType = 0 }) => [name, dataType]));
}

/**
 * Initializers for `specs`, one a stored tensor. Where all weights lie in local files they stay there: an initializer
 * names its file and offset, and onnxruntime maps it. It takes files or buffers, not both, so otherwise all are read.
 * Throws MokusError `weight` and `unsupported`, see {@link findWeight}.
 */
export async function placeWeights(
  specs: Iterable<WeightSpec>,
  store: WeightStore,
  placement: WeightPlacement,
): Promise<PlacedWeights> {
  const backend = { name: placement.backend, storage: placement.storage };
  const found = [...specs].map((spec) => {
    const entry = findWeight(store, spec, backend);
    return {
      spec,
      entry,
      dtype: placement.castsStorage ? entry.dtype : (spec.dtype as StorageDType),
      at: locate(entry),
    };
  });
  const folder = found[0]?.at?.root;
  const inFiles = found.every(({ entry, dtype, at }) => at?.root === folder && dtype === entry.dtype);
  if (placement.mapsFiles && folder !== undefined && inFiles) {
    const initializers = found.map(({ spec, entry, dtype, at }) =>
      external(spec, dtype, at?.location ?? '', entry.offset, entry.length),
    );
    return { initializers, externalData: [], bytes: found.reduce((sum, { entry }) => sum + entry.length, 0), folder };
  }
  const initializers: TensorInit[] = [];
  const externalData: { path: string; data: Uint8Array }[] = [];
  for (const [index, { spec, entry, dtype }] of found.entries()) {
    const data = convertStorage(await entry.source.read(entry.offset, entry.length), entry.dtype, dtype);
    const path = `weights-${index}.bin`;
    externalData.push({ path, data });
    initializers.push(external(spec, dtype, path, 0, data.length));
  }
  const bytes = externalData.reduce((sum, { data }) => sum + data.length, 0);
  return { initializers, externalData, bytes, folder: undefined };
}

/**
 * onnxruntime resolves a location inside one folder and refuses absolute ones; with the root of the file system as that
 * folder, any file can be named, wherever a component lies and whatever links lead to it.
 */
function locate({ source }: WeightEntry): { readonly root: string; readonly location: string } | undefined {
  const { filePath } = source;
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
