import { type FileHandle, open, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type RunOptions, throwIfCancelled } from '@mokus/core';
import { writing } from './disk-error.js';
import { syncFolder } from './sync-folder.js';
import { removeAbandoned, temporaryName, writtenTo } from './temporary-name.js';

/**
 * Writes a file so that it is there whole or not at all: under a temporary name in the same folder, flushed to the disk,
 * then renamed. What was there before is replaced, and stays when anything fails. A process that is killed leaves
 * `.NAME.HOST-PID-RANDOM.tmp`, which the next write to that place removes.
 *
 * @throws MokusError `disk` (the folder is missing, read-only or full), `cancelled`; errors of `chunks` pass through
 */
export async function writeFileWhole(
  path: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: Pick<RunOptions, 'signal'> = {},
): Promise<void> {
  const folder = dirname(path);
  await removeAbandoned(path);
  const temporary = join(folder, temporaryName(writtenTo(path)));
  // wx: never through a file or link that someone put there.
  const handle = await writing(path, () => open(temporary, 'wx'));
  try {
    try {
      let position = 0;
      for await (const chunk of chunks) {
        throwIfCancelled(options.signal, `writing ${path}`);
        await writing(path, () => writeAll(handle, chunk, position));
        position += chunk.byteLength;
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

/** Writes all of the bytes at a position. */
export async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.byteLength) {
    const wanted = Math.min(bytes.byteLength - done, 2 ** 30);
    const { bytesWritten } = await handle.write(bytes, done, wanted, position + done);
    done += bytesWritten;
  }
}
