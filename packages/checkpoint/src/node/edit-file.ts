import type { Edit, RunOptions } from '@mokus/core';
import { editFile, type ReadEditOptions, readEdit } from '../edit-file.js';
import { fileSource } from './file-source.js';
import { localPath } from './local-path.js';
import { writeFileWhole } from './write-file.js';

/**
 * Saves an edit as one .safetensors file, whole or not at all.
 *
 * @throws MokusError `edit` (no edit, nothing to save, not finite, wrong shape), `input` (no path), `disk` (cannot be
 *   written), `cancelled`
 */
export async function saveEdit(
  path: string | URL,
  edit: Edit,
  options: Pick<RunOptions, 'signal'> = {},
): Promise<void> {
  // The edit first: who swaps the two is told of the order.
  const file = editFile(edit);
  await writeFileWhole(localPath(path), file.chunks(), options);
}

/**
 * Loads an edit that `saveEdit` wrote; the file is trusted in nothing.
 *
 * @throws MokusError `checkpoint` (missing, damaged), `edit` (no edit file, not finite, wrong shape), `base-model`
 */
export async function loadEdit(path: string | URL, options: ReadEditOptions = {}): Promise<Edit> {
  return readEdit(await fileSource(localPath(path)), options);
}
