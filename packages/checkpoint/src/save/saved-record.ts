import { type EditProvenance, isJsonObject, type Json } from '@mokus/core';
import type { FolderSource } from '../folder-source.js';
import { readJson } from '../read-json.js';
import { givenFile, type SavedFile } from './saved-file.js';

/** Where a saved folder says that it is one, and how the edits in its weights came to be. Other software ignores it. */
export const savedRecordPath = 'mokus-edits.json';

const format = 'mokus-saved-checkpoint';

/** An adapter that is in the weights of a saved folder. */
export interface BakedAdapter {
  readonly name: string;
  /** What it acted with, the scale of fusing included. */
  readonly weight: number;
  /** How many layers it adapts. */
  readonly layers: number;
  /** Of the file that {@link loraFile} makes of it in its default form, in hex. */
  readonly sha256: string;
}

/** The record of a folder, with what the folder it was made from had in its weights already. */
export async function savedRecord(
  folder: FolderSource,
  edits: readonly EditProvenance[],
  adapters: readonly BakedAdapter[],
): Promise<SavedFile> {
  const before = (await folder.exists(savedRecordPath)) ? await readJson(folder, savedRecordPath) : null;
  const earlier = (field: 'edits' | 'adapters'): readonly Json[] => {
    const found = isSavedRecord(before) ? before[field] : undefined;
    return Array.isArray(found) ? found : [];
  };
  const record = {
    format,
    version: 1,
    edits: [...earlier('edits'), ...edits],
    adapters: [...earlier('adapters'), ...adapters],
  };
  return givenFile(savedRecordPath, new TextEncoder().encode(`${JSON.stringify(record, null, 2)}\n`));
}

/** Whether a `mokus-edits.json` was written by `savedRecord`. */
export function isSavedRecord(json: Json): json is { readonly [key: string]: Json } {
  return isJsonObject(json) && json.format === format;
}
