import { type Json, MokusError } from '@mokus/core';
import type { FolderSource } from './folder-source.js';
import { printable } from './printable.js';

/** Bytes. The largest text of a real checkpoint is a tokenizer of some 30 MB. */
const maxTextBytes = 128 * 1024 * 1024;

/**
 * Reads a JSON file of a checkpoint.
 *
 * @throws MokusError `checkpoint`, naming the file: missing, too large (128 MiB), not UTF-8, not JSON
 */
export async function readJson(folder: FolderSource, path: string): Promise<Json> {
  const text = await readText(folder, path);
  try {
    return JSON.parse(text);
  } catch (cause) {
    // The reason quotes the text.
    const reason = printable(cause instanceof Error ? cause.message : String(cause));
    throw refusal(folder, path, `is not JSON (${reason})`, cause);
  }
}

/**
 * Reads a text file of a checkpoint, such as merges.txt.
 *
 * @throws MokusError `checkpoint`, naming the file: missing, too large (128 MiB), not UTF-8
 */
export async function readText(folder: FolderSource, path: string): Promise<string> {
  const source = await folder.open(path);
  if (source.size > maxTextBytes) {
    throw refusal(folder, path, `has ${source.size} bytes, more than any text of a checkpoint (${maxTextBytes})`);
  }
  const bytes = await source.read(0, source.size);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw refusal(folder, path, 'is not UTF-8', cause);
  }
}

function refusal(folder: FolderSource, path: string, problem: string, cause?: unknown): MokusError {
  return new MokusError(
    'checkpoint',
    `${folder.name}/${path} ${problem}; restore the file, or download the checkpoint again`,
    cause === undefined ? { file: path } : { file: path, cause },
  );
}
