import { mkdir, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { MokusError, type RunOptions, throwIfCancelled } from '@mokus/core';
import type { FolderSource } from '../folder-source.js';
import type { SavedFile } from '../save/saved-file.js';
import { systemErrorCode, writing } from './disk-error.js';
import { nodeFolder } from './folder.js';
import { localPath } from './local-path.js';
import { recoverFolder, replaceFolder } from './replace-folder.js';
import { writeFileWhole } from './write-file.js';

export interface SaveFolderOptions extends RunOptions {
  /** What is saved, for messages. */
  readonly what: string;
  /** Whether a folder that is there is of this kind, saved before: it is replaced then. */
  readonly isOwn: (folder: FolderSource) => Promise<boolean>;
  /** Replace a folder that is not. Everything in it is lost. Default: false. */
  readonly overwrite?: boolean | undefined;
  /** A folder that the files are made of: the saved one may neither hold it nor lie in it. */
  readonly source?: FolderSource | undefined;
}

/**
 * Saves files as a folder that is there whole or not at all: under a hidden name beside its place, flushed, renamed. A
 * folder that is not empty is replaced where `isOwn` or `overwrite` says so, and never one that holds the working directory.
 *
 * @param makeFiles called when it is clear that the folder may be written; their paths are relative, with `/`
 * @throws MokusError `input` (a folder that may not be replaced), `disk` (not writable, full), `cancelled`; errors of the
 *   files pass through
 */
export async function saveFolder(
  directory: string | URL,
  makeFiles: () => Promise<readonly SavedFile[]>,
  { what, isOwn, overwrite = false, source, signal, onProgress }: SaveFolderOptions,
): Promise<void> {
  throwIfCancelled(signal, what);
  const target = await realTarget(localPath(directory));
  await recoverFolder(target);
  await requireTarget(target, { isOwn, overwrite, source });
  const files = await makeFiles();
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

/** What decides whether a folder may be written. */
export type ReplaceableOptions = Pick<SaveFolderOptions, 'isOwn' | 'overwrite' | 'source'>;

/**
 * Whether {@link saveFolder} would write there, for work that takes long to be saved.
 *
 * @throws MokusError `input` (a folder that may not be replaced), `disk`
 */
export async function requireReplaceable(directory: string | URL, options: ReplaceableOptions): Promise<void> {
  await requireTarget(await realTarget(localPath(directory)), options);
}

async function requireTarget(target: string, { isOwn, overwrite, source }: ReplaceableOptions): Promise<void> {
  const refuse = (why: string): MokusError => new MokusError('input', `${target} ${why}`, { file: target });
  const read = source?.localPath === undefined ? undefined : await realpath(source.localPath);
  if (read !== undefined && (isInside(read, target) || isInside(target, read))) {
    throw refuse('holds the checkpoint that is saved, or lies in it; choose another folder');
  }
  const names = await namesIn(target);
  if (names === 'missing') return;
  if (names === 'file') throw refuse('is a file; choose a folder');
  if (names.length === 0) return;
  if (isInside(await realpath(process.cwd()), target))
    throw refuse('holds the working directory; choose another folder');
  if (overwrite || (await isOwn(await nodeFolder(target)))) return;
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
