import { type Json, MokusError } from '@mokus/core';
import type { FolderSource } from './folder-source.js';

/** Bytes. The largest JSON of a real checkpoint is a tokenizer of some 30 MB. */
const maxJsonBytes = 128 * 1024 * 1024;

/**
 * Reads a JSON file of a checkpoint.
 *
 * @throws MokusError `checkpoint`, naming the file: missing, too large (128 MiB), not UTF-8, not JSON
 */
export async function readJson(folder: FolderSource, path: string): Promise<Json> {
  const source = await folder.open(path);
  const file = `${folder.name}/${path}`;
  const refuse = (problem: string, cause?: unknown): MokusError =>
    new MokusError(
      'checkpoint',
      `${file} ${problem}; restore the file, or download the checkpoint again`,
      cause === undefined ? { file: path } : { file: path, cause },
    );
  if (source.size > maxJsonBytes) {
    throw refuse(`has ${source.size} bytes, more than any JSON file of a checkpoint (${maxJsonBytes})`);
  }
  const bytes = await source.read(0, source.size);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw refuse('is not UTF-8', cause);
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw refuse(`is not JSON (${cause instanceof Error ? cause.message : String(cause)})`, cause);
  }
}

/** Whether a JSON value is an object. */
export function isJsonObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
