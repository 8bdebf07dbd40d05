import { MokusError } from '@mokus/core';
import { type SafetensorsFile, streamSafetensors, type TensorEntry, type TensorToWrite } from '@mokus/safetensors';
import { loadWeights } from '../component-weights.js';
import type { FolderSource } from '../folder-source.js';
import { joinPath } from '../relative-path.js';
import { findWeightFiles } from '../weight-files.js';
import { bakedBytes, checkBakeable, type TensorDeltas } from './baked-tensor.js';
import { givenFile, rangeChunks, type SavedFile, streamedFile } from './saved-file.js';

/** A component's tensors in files of their own. */
export interface SavedComponent {
  readonly files: readonly SavedFile[];
  /** Paths of the files whose tensors these are. */
  readonly replaced: readonly string[];
}

/**
 * A component's weights, with deltas added, in files of at most `maxShardSize` bytes of tensors (a larger tensor has one
 * of its own). Every tensor keeps its name, dtype and shape; those without a delta keep their bytes, whatever they are.
 * Names are those of transformers and diffusers: one file, or numbered shards and their index.
 *
 * @throws MokusError as `loadWeights`; `weight` (a delta of a tensor that is not there), `edit`, `unsupported`
 */
export async function savedComponent(
  folder: FolderSource,
  component: string,
  deltas: TensorDeltas,
  maxShardSize: number,
): Promise<SavedComponent> {
  const found = await findWeightFiles(folder, component);
  const { name, shards } = await loadWeights(folder, component);
  const tensors = shards.flatMap(({ path, file }) =>
    [...file.tensors].map(([tensor, entry]) => toWrite(tensor, entry, file, path, deltas)),
  );
  requireTensors(deltas, new Set(tensors.map(({ tensor }) => tensor.name)), name);
  const metadata = Object.fromEntries([
    ['format', 'pt'],
    ...shards.flatMap(({ file }) => Object.entries(file.metadata)),
  ]);
  const weightFile = found.kind === 'single' ? found.file : found.index;
  const stem = weightFile.slice(0, weightFile.indexOf('.safetensors'));
  const parts = split(tensors, maxShardSize);
  const count = String(parts.length).padStart(5, '0');
  const named = parts.map((part, index) => ({
    part,
    file:
      parts.length === 1
        ? `${stem}.safetensors`
        : `${stem}-${String(index + 1).padStart(5, '0')}-of-${count}.safetensors`,
  }));
  const files = named.map(({ part, file }): SavedFile => {
    const path = joinPath(component, file);
    const stream = streamSafetensors(
      part.map(({ tensor }) => tensor),
      { metadata },
    );
    return streamedFile(path, stream);
  });
  if (named.length > 1) {
    const index = indexOf(named.map(({ part, file }) => ({ file, tensors: part })));
    files.push(givenFile(joinPath(component, `${stem}.safetensors.index.json`), index));
  }
  const replaced = shards.map(({ path }) => path);
  return { files, replaced: [...replaced, joinPath(component, weightFile)] };
}

interface SizedTensor {
  readonly tensor: TensorToWrite;
  readonly bytes: number;
}

function toWrite(
  name: string,
  entry: TensorEntry,
  file: SafetensorsFile,
  path: string,
  deltas: TensorDeltas,
): SizedTensor {
  const { dtype, shape, length, offset } = entry;
  const own = deltas.get(name) ?? [];
  if (own.length > 0) checkBakeable(name, entry, own, path);
  const data = (): AsyncIterable<Uint8Array> =>
    own.length > 0 ? bakedBytes(file, name, own) : rangeChunks(file.source, offset, length);
  return { tensor: { name, dtype, shape, data }, bytes: length };
}

function requireTensors(deltas: TensorDeltas, names: ReadonlySet<string>, component: string): void {
  for (const name of deltas.keys()) {
    if (names.has(name)) continue;
    throw new MokusError(
      'weight',
      `${component} has no tensor "${name}", which an edit changes; use the checkpoint that the edit was made on`,
      { file: component, tensor: name },
    );
  }
}

/** In order, a new part where the next tensor would not fit. */
function split(tensors: readonly SizedTensor[], maxBytes: number): SizedTensor[][] {
  const parts: SizedTensor[][] = [];
  let room = 0;
  for (const each of tensors) {
    if (parts.length === 0 || each.bytes > room) {
      parts.push([]);
      room = maxBytes;
    }
    parts.at(-1)?.push(each);
    room -= each.bytes;
  }
  return parts.length === 0 ? [[]] : parts;
}

function indexOf(shards: readonly { readonly file: string; readonly tensors: readonly SizedTensor[] }[]): Uint8Array {
  const entries = shards.flatMap(({ file, tensors }) => tensors.map(({ tensor }) => [tensor.name, file] as const));
  const total = shards.reduce((sum, { tensors }) => tensors.reduce((part, { bytes }) => part + bytes, sum), 0);
  const index = { metadata: { total_size: total }, weight_map: Object.fromEntries(entries) };
  return new TextEncoder().encode(`${JSON.stringify(index, null, 2)}\n`);
}
