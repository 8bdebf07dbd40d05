import { mkdir, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { MokusError, type RunOptions, throwIfCancelled } from '@mokus/core';
import type { FolderSource } from '../folder-source.js';
import { readJson } from '../read-json.js';
import type { SavedFile } from '../save/saved-file.js';
import { type SavedFilesOptions, savedFiles } from '../save/saved-files.js';
import { isSavedRecord, savedRecordPath } from '../save/saved-record.js';
import { writing } from './disk-error.js';
import { systemErrorCode } from './file-source.js';
import { nodeFolder } from './folder.js';
import { localPath } from './local-path.js';
import { recoverFolder, replaceFolder } from './replace-folder.js';
import { writeFileWhole } from './write-file.js';

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
  const { signal, onProgress, overwrite = false } = options;
  const what = `saving ${folder.name}`;
  throwIfCancelled(signal, what);
  const target = await realTarget(localPath(directory));
  await recoverFolder(target);
  await requireReplaceable(target, folder, overwrite);
  const files = await savedFiles(folder, options);
  const total = files.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  await replaceFolder(target, async (temporary) => {
    for (const file of files) {
      const path = join(temporary, file.path);
      await writing(path, () => mkdir(dirname(path), { recursive: true }));
      const chunks = reporting(file, (bytes) => {
        done += bytes;
        onProgress?.({ kind: 'save', file: file.path, done, total });
      });
      await writeFileWhole(path, chunks, { signal });
    }
    throwIfCancelled(signal, what);
  });
}

async function* reporting(file: SavedFile, report: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of file.chunks()) {
    yield chunk;
    report(chunk.byteLength);
  }
}

/** The path with links followed, as far as it exists: a link to a folder stays one. */
async function realTarget(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(await realTarget(parent), basename(path));
  }
}

async function requireReplaceable(target: string, folder: FolderSource, overwrite: boolean): Promise<void> {
  const refuse = (why: string): MokusError => new MokusError('input', `${target} ${why}`, { file: target });
  const source = folder.localPath === undefined ? undefined : await realpath(folder.localPath);
  if (source !== undefined && (isInside(source, target) || isInside(target, source))) {
    throw refuse('holds the checkpoint that is saved, or lies in it; choose another folder');
  }
  const names = await namesIn(target);
  if (names === 'missing') return;
  if (names === 'file') throw refuse('is a file; choose a folder');
  if (names.length === 0) return;
  if (isInside(await realpath(process.cwd()), target))
    throw refuse('holds the working directory; choose another folder');
  if (overwrite || (await isSavedFolder(target))) return;
  throw refuse('exists, is not empty and was not saved by Mokus; choose another folder, or say overwrite: true');
}

/** Whether `path` is `folder` or lies in it. */
function isInside(path: string, folder: string): boolean {
  const steps = relative(folder, path);
  return steps === '' || (steps !== '..' && !steps.startsWith(`..${sep}`) && resolve(folder, steps) === path);
}

async function namesIn(path: string): Promise<readonly string[] | 'missing' | 'file'> {
  try {
    return (await stat(path)).isDirectory() ? await readdir(path) : 'file';
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return 'missing';
    return writing(path, () => Promise.reject(error));
  }
}

async function isSavedFolder(path: string): Promise<boolean> {
  const folder = await nodeFolder(path);
  if (!(await folder.exists(savedRecordPath))) return false;
  return isSavedRecord(await readJson(folder, savedRecordPath).catch(() => null));
}
