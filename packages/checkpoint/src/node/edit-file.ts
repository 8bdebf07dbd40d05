import type { Edit, RunOptions } from '@mokus/core';
import { editFile, type ReadEditOptions, readEdit } from '../edit-file.js';
import { fileSource } from './file-source.js';
import { localPath } from './local-path.js';
import { writeFileWhole } from './write-file.js';

/**
 * Saves an edit as one .safetensors file, whole or not at all.
 *
 * @throws MokusError `edit` (nothing to save, not finite, wrong shape), `disk` (cannot be written), `cancelled`
 */
export async function saveEdit(
  path: string | URL,
  edit: Edit,
  options: Pick<RunOptions, 'signal'> = {},
): Promise<void> {
  await writeFileWhole(localPath(path), editFile(edit).chunks(), options);
}

/**
 * Loads an edit that `saveEdit` wrote; the file is trusted in nothing.
 *
 * @throws MokusError `checkpoint` (missing, damaged), `edit` (no edit file, not finite, wrong shape), `base-model`
 */
export async function loadEdit(path: string | URL, options: ReadEditOptions = {}): Promise<Edit> {
  return readEdit(await fileSource(localPath(path)), options);
}
