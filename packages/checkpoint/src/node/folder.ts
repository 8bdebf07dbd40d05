import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MokusError } from '@mokus/core';
import type { FolderSource } from '../folder-source.js';
import { checkRelativePath } from '../relative-path.js';
import { reading, systemErrorCode } from './disk-error.js';
import { fileSource } from './file-source.js';
import { localPath } from './local-path.js';

/**
 * A folder on this machine. Links are followed, so a snapshot of the hub's cache (links into blobs/) is read as it is;
 * opened files carry their real path, so that a backend can map them.
 *
 * @throws MokusError `checkpoint` when there is no such folder
 */
export async function nodeFolder(path: string | URL): Promise<FolderSource> {
  const folder = localPath(path);
  if (!(await isKind(folder, 'folder'))) {
    throw new MokusError('checkpoint', `${folder} is no folder; give the path of a checkpoint's folder`, {
      file: folder,
    });
  }
  return {
    name: folder,
    exists: (file) => isKind(join(folder, checkRelativePath(file)), 'file'),
    open: (file) => fileSource(join(folder, checkRelativePath(file))),
    list: (inner) => namesIn(inner === '' ? folder : join(folder, checkRelativePath(inner))),
    files: () => filesBelow(folder, '', []),
    localPath: folder,
  };
}

/**
 * Paths of all files below a folder, links followed; a broken link is listed, so that whoever opens it learns of it.
 *
 * @param above real paths of the folders that this one lies in, to notice a link that leads back
 */
async function filesBelow(root: string, inner: string, above: readonly string[]): Promise<string[]> {
  const folder = join(root, inner);
  const real = await reading(folder, () => realpath(folder));
  if (above.includes(real)) {
    throw new MokusError('checkpoint', `${folder} is a link that leads back to a folder it lies in; remove it`, {
      file: folder,
    });
  }
  const paths: string[] = [];
  for (const name of (await namesIn(folder)).sort()) {
    const path = inner === '' ? name : `${inner}/${name}`;
    if (!(await isKind(join(root, path), 'folder'))) paths.push(path);
    else if (!name.startsWith('.')) paths.push(...(await filesBelow(root, path, [...above, real])));
  }
  return paths;
}

function namesIn(folder: string): Promise<string[]> {
  return reading(folder, () => readdir(folder));
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
