import { randomBytes } from 'node:crypto';
import { type FileHandle, open, readdir, rename, rm, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type RunOptions, throwIfCancelled } from '@mokus/core';
import { writing } from './disk-error.js';
import { syncFolder } from './sync-folder.js';

/**
 * Writes a file so that it is there whole or not at all: under a temporary name in the same folder, flushed to the disk,
 * then renamed. What was there before is replaced, and stays when anything fails.
 *
 * @throws MokusError `disk` (the folder is missing, read-only or full), `cancelled`; errors of `chunks` pass through
 */
export async function writeFileWhole(
  path: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: Pick<RunOptions, 'signal'> = {},
): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  // wx: never through a file or link that someone put there.
  const handle = await writing(path, () => open(temporary, 'wx'));
  try {
    try {
      for await (const chunk of chunks) {
        throwIfCancelled(options.signal, `writing ${path}`);
        await writing(path, () => writeAll(handle, chunk));
      }
      await writing(path, () => handle.sync());
    } finally {
      await handle.close();
    }
    await writing(path, () => rename(temporary, path));
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  await syncFolder(folder);
}

/** Milliseconds. No write that is still going on leaves its file alone for so long. */
const abandonedAfter = 60 * 60 * 1000;

/** Removes what processes that were killed while they wrote this file left behind. */
export async function removeAbandoned(path: string): Promise<void> {
  const folder = dirname(path);
  const isTemporary = (name: string): boolean =>
    name.startsWith(`.${basename(path)}.`) && /^[0-9a-f]{12}\.tmp$/.test(name.slice(basename(path).length + 2));
  for (const name of (await readdir(folder).catch(() => [])).filter(isTemporary)) {
    const stats = await stat(join(folder, name)).catch(() => undefined);
    if (stats === undefined || Date.now() - stats.mtimeMs < abandonedAfter) continue;
    await rm(join(folder, name), { force: true }).catch(() => undefined);
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let done = 0;
  while (done < bytes.byteLength) {
    const { bytesWritten } = await handle.write(bytes, done, Math.min(bytes.byteLength - done, 2 ** 30));
    done += bytesWritten;
  }
}
