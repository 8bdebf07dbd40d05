import type { Stats } from 'node:fs';
import { type FileHandle, open, realpath, stat } from 'node:fs/promises';
import { type ByteSource, MokusError } from '@mokus/core';
import { requireInside } from '../byte-range.js';
import { reading } from './disk-error.js';

/** Node reads at most 2^31 - 1 bytes at once. */
const maxReadBytes = 2 ** 30;

/**
 * A local file as a ByteSource, symbolic links followed. Each read opens the file anew and makes sure that it is still
 * the same: no handle stays open, and a file that was replaced or cut meanwhile is a typed error, never other bytes.
 *
 * @param path absolute, or relative to the working directory
 * @throws MokusError `checkpoint`: missing, a broken link, no regular file, not readable
 */
export async function fileSource(path: string): Promise<ByteSource & { readonly filePath: string }> {
  const filePath = await reading(path, () => realpath(path));
  // Asked before anything is opened: opening a pipe would wait for its other end.
  const stats = await reading(path, () => stat(filePath));
  if (!stats.isFile()) {
    throw new MokusError('checkpoint', `${path} is no regular file; check the checkpoint's folder`, { file: path });
  }
  return {
    size: stats.size,
    name: path,
    filePath,
    read: async (offset, length) => {
      const handle = await reading(path, () => open(filePath, 'r'));
      try {
        if (!isSameFile(stats, await handle.stat())) throw changed(path);
        return await readRange(handle, path, offset, length, stats.size);
      } finally {
        await handle.close();
      }
    },
  };
}

async function readRange(
  handle: FileHandle,
  path: string,
  offset: number,
  length: number,
  size: number,
): Promise<Uint8Array> {
  requireInside(path, size, offset, length);
  const bytes = allocate(path, length);
  let done = 0;
  while (done < length) {
    const wanted = Math.min(length - done, maxReadBytes);
    const { bytesRead } = await handle.read(bytes, done, wanted, offset + done);
    if (bytesRead === 0) throw changed(path);
    done += bytesRead;
  }
  return bytes;
}

function allocate(path: string, length: number): Uint8Array {
  try {
    return new Uint8Array(length);
  } catch (cause) {
    throw new MokusError('checkpoint', `${path}: ${length} bytes do not fit into one array; read them in pieces`, {
      file: path,
      cause,
    });
  }
}

function isSameFile(before: Stats, now: Stats): boolean {
  return before.ino === now.ino && before.dev === now.dev && before.size === now.size && before.mtimeMs === now.mtimeMs;
}

function changed(path: string): MokusError {
  return new MokusError('checkpoint', `${path} was changed since it was opened; load the checkpoint again`, {
    file: path,
  });
}
