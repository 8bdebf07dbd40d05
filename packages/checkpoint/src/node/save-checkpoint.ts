import type { RunOptions } from '@mokus/core';
import type { FolderSource } from '../folder-source.js';
import { readJson } from '../read-json.js';
import { type SavedFilesOptions, savedFiles } from '../save/saved-files.js';
import { isSavedRecord, savedRecordPath } from '../save/saved-record.js';
import { saveFolder } from './save-folder.js';

export interface SaveCheckpointOptions extends SavedFilesOptions, RunOptions {
  /** Replace a folder that was not saved by this function. Everything in it is lost. Default: false. */
  readonly overwrite?: boolean | undefined;
}

/**
 * Saves a checkpoint folder with deltas added to its weights, so that transformers, diffusers and this package load it:
 * see {@link savedFiles} for what is in it. The folder is there whole or not at all; weights pass through memory in
 * pieces of some 16 MiB. A folder that an earlier call saved is replaced; another one that is not empty only with
 * `overwrite`, and never one that holds the checkpoint itself or the working directory.
 *
 * @throws MokusError `input` (a folder that may not be replaced, `maxShardSize`), `disk` (not writable, full),
 *   `checkpoint` (the checkpoint is damaged, or changed meanwhile), `weight`, `edit`, `unsupported`, `cancelled`
 */
export async function saveCheckpoint(
  folder: FolderSource,
  directory: string | URL,
  options: SaveCheckpointOptions = {},
): Promise<void> {
  const { signal, onProgress, overwrite } = options;
  await saveFolder(directory, () => savedFiles(folder, options), {
    what: `saving ${folder.name}`,
    isOwn: isSavedFolder,
    source: folder,
    overwrite,
    signal,
    onProgress,
  });
}

async function isSavedFolder(folder: FolderSource): Promise<boolean> {
  if (!(await folder.exists(savedRecordPath))) return false;
  return isSavedRecord(await readJson(folder, savedRecordPath).catch(() => null));
}
