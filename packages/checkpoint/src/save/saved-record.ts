import type { EditProvenance, Json } from '@mokus/core';
import type { FolderSource } from '../folder-source.js';
import { isJsonObject, readJson } from '../read-json.js';
import { givenFile, type SavedFile } from './saved-file.js';

/** Where a saved folder says that it is one, and how the edits in its weights came to be. Other software ignores it. */
export const savedRecordPath = 'mokus-edits.json';

const format = 'mokus-saved-checkpoint';

/** The record of a folder, with the edits that the folder it was made from had in its weights already. */
export async function savedRecord(folder: FolderSource, edits: readonly EditProvenance[]): Promise<SavedFile> {
  const before = (await folder.exists(savedRecordPath)) ? await readJson(folder, savedRecordPath) : null;
  const earlier = isSavedRecord(before) && Array.isArray(before.edits) ? before.edits : [];
  const record = { format, version: 1, edits: [...earlier, ...edits] };
  return givenFile(savedRecordPath, new TextEncoder().encode(`${JSON.stringify(record, null, 2)}\n`));
}

/** Whether a `mokus-edits.json` was written by `savedRecord`. */
export function isSavedRecord(json: Json): json is { readonly [key: string]: Json } {
  return isJsonObject(json) && json.format === format;
}
