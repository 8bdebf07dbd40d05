import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MokusError } from '@mokus/core';
import type { FolderSource } from '../folder-source.js';
import { checkRelativePath } from '../relative-path.js';
import { fileSource, systemErrorCode } from './file-source.js';

/**
 * A folder on this machine. Links are followed, so a snapshot of the hub's cache (links into blobs/) is read as it is;
 * opened files carry their real path, so that a backend can map them.
 *
 * @throws MokusError `checkpoint` when there is no such folder
 */
export async function nodeFolder(path: string | URL): Promise<FolderSource> {
  const folder = resolve(path instanceof URL ? fileURLToPath(path) : path);
  if (!(await isKind(folder, 'folder'))) {
    throw new MokusError('checkpoint', `${folder} is no folder; give the path of a checkpoint's folder`, {
      file: folder,
    });
  }
  return {
    name: folder,
    exists: (file) => isKind(join(folder, checkRelativePath(file)), 'file'),
    open: (file) => fileSource(join(folder, checkRelativePath(file))),
    list: async (inner) => readdir(inner === '' ? folder : join(folder, checkRelativePath(inner))),
  };
}

async function isKind(path: string, kind: 'file' | 'folder'): Promise<boolean> {
  try {
    const stats = await stat(path);
    return kind === 'file' ? stats.isFile() : stats.isDirectory();
  } catch (cause) {
    const code = systemErrorCode(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return false;
    throw new MokusError('checkpoint', `${path} cannot be looked up (${code}); check the permissions of its folders`, {
      file: path,
      cause,
    });
  }
}
