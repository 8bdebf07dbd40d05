import { type EditProvenance, MokusError } from '@mokus/core';
import type { FolderSource } from '../folder-source.js';
import { hasWeights } from '../weight-files.js';
import type { TensorDeltas } from './baked-tensor.js';
import { savedComponent } from './saved-component.js';
import { copiedFile, type SavedFile } from './saved-file.js';
import { type BakedAdapter, savedRecord, savedRecordPath } from './saved-record.js';

export interface SavedFilesOptions {
  /** What is added to weights, by component (`text_encoder`; `''` where the weights lie in the folder itself). */
  readonly deltas?: ReadonlyMap<string, TensorDeltas> | undefined;
  /** How the deltas came to be, for the record in `mokus-edits.json`. */
  readonly edits?: readonly EditProvenance[] | undefined;
  /** Which adapters are among the deltas, for the same record. */
  readonly adapters?: readonly BakedAdapter[] | undefined;
  /** Bytes of tensors in one file, unless a single tensor has more. Default: 5e9, as transformers and diffusers. */
  readonly maxShardSize?: number | undefined;
}

/** What transformers and diffusers call weights in any format: beside edited ones they would be another model's. */
const otherWeights = /\.(?:safetensors|bin|pt|pth|ckpt|h5|msgpack|onnx|gguf)(?:\.index\.json)?$/;

/**
 * The files of a checkpoint folder with deltas in its weights: what {@link savedComponent} makes of the components that
 * have deltas or a file larger than `maxShardSize`, and all other files as they are (configs, tokenizers, components
 * without a change). In a component with deltas, weights in other formats and variants are left out. Headers are read,
 * tensors only when their file's turn comes.
 *
 * @throws MokusError `input` (`maxShardSize`), `unsupported` (a folder whose files cannot be listed), and as
 *   `savedComponent`
 */
export async function savedFiles(folder: FolderSource, options: SavedFilesOptions = {}): Promise<readonly SavedFile[]> {
  const { maxShardSize = 5e9, edits = [], adapters = [] } = options;
  if (!Number.isSafeInteger(maxShardSize) || maxShardSize < 1) {
    throw new MokusError('input', `maxShardSize is ${maxShardSize}; expected a whole number of bytes from 1`, {
      field: 'maxShardSize',
    });
  }
  if (folder.files === undefined) {
    throw new MokusError('unsupported', `the files of ${folder.name} cannot be listed; save from a local folder`, {
      file: folder.name,
    });
  }
  const deltas = new Map([...(options.deltas ?? [])].filter(([, tensors]) => tensors.size > 0));
  const copies = new Map<string, SavedFile>();
  for (const path of await folder.files()) {
    if (path !== savedRecordPath) copies.set(path, await copiedFile(folder, path));
  }
  const saved: SavedFile[] = [];
  for (const component of new Set([...deltas.keys(), ...(await largeComponents(folder, copies, maxShardSize))])) {
    const { files, replaced } = await savedComponent(
      folder,
      component,
      deltas.get(component) ?? new Map(),
      maxShardSize,
    );
    saved.push(...files);
    for (const path of replaced) copies.delete(path);
    if (!deltas.has(component)) continue;
    for (const path of copies.keys()) if (folderOf(path) === component && otherWeights.test(path)) copies.delete(path);
  }
  return [...copies.values(), ...saved, await savedRecord(folder, edits, adapters)];
}

/** Folders of weights in which a .safetensors file is larger than it may be. */
async function largeComponents(
  folder: FolderSource,
  files: ReadonlyMap<string, SavedFile>,
  maxBytes: number,
): Promise<string[]> {
  const large = [...files.values()].filter(({ path, size }) => path.endsWith('.safetensors') && size > maxBytes);
  const folders = [...new Set(large.map(({ path }) => folderOf(path)))];
  const withWeights = await Promise.all(folders.map((component) => hasWeights(folder, component)));
  return folders.filter((_, index) => withWeights[index]);
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
