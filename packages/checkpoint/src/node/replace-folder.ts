import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemErrorCode, writing } from './disk-error.js';
import { syncFolder } from './sync-folder.js';
import {
  claim,
  findAbandoned,
  removeAbandoned,
  type TemporaryKind,
  temporaryName,
  writtenTo,
} from './temporary-name.js';

/**
 * Makes a folder that is there whole or not at all: `fill` writes it under a temporary name beside its place, then it is
 * flushed to the disk and renamed. A folder that was there gives way in the same moment and is removed afterwards; when
 * anything fails before, it stays as it was.
 *
 * A process that is killed leaves `.NAME.HOST-PID-RANDOM.tmp`, which {@link recoverFolder} removes.
 *
 * @throws MokusError `disk`; errors of `fill` pass through
 */
export async function replaceFolder(path: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  const parent = dirname(path);
  const temporary = join(parent, temporaryName(writtenTo(path)));
  await writing(path, () => mkdir(parent, { recursive: true }));
  await writing(path, () => mkdir(temporary));
  try {
    await fill(temporary);
    await syncFolders(temporary);
    const old = (await isThere(path)) ? join(parent, temporaryName(putAside(path))) : undefined;
    if (old !== undefined) await writing(path, () => rename(path, old));
    try {
      await writing(path, () => rename(temporary, path));
    } catch (error) {
      if (old !== undefined) await rename(old, path);
      throw error;
    }
    await syncFolder(parent);
    // What cannot be removed stays under its hidden name; the new folder is in place.
    if (old !== undefined) await rm(old, { recursive: true, force: true }).catch(() => undefined);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    throw error;
  }
}

/** A folder that gave way to another, until that one has its name. */
function putAside(path: string): TemporaryKind {
  return { before: `.${basename(path)}.`, after: '.old' };
}

/**
 * Tidies up after a process that was killed while it replaced a folder: a half-written one is removed, and the old one
 * gets its name back where the kill came between its giving way and the new one's taking its place.
 */
export async function recoverFolder(path: string): Promise<void> {
  for (const left of await findAbandoned(dirname(path), putAside(path))) {
    if (!(await isThere(path)) && (await claim(left.path, path))) continue;
    await rm(left.path, { recursive: true, force: true }).catch(() => undefined);
  }
  await removeAbandoned(path);
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/** The names of new folders are on the disk only when the folder above them is. */
async function syncFolders(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await syncFolders(join(folder, entry.name));
  }
  await syncFolder(folder);
}
