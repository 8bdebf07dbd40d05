import { type ByteSource, type ByteStore, MokusError, throwIfCancelled } from '@mokus/core';
import { requireInside } from './byte-range.js';
import { checkPlainName } from './plain-name.js';

/**
 * A folder of the private file system that a browser keeps for the page's origin, as a ByteStore; in a page and in a worker.
 * A file without bytes is none.
 *
 * The store throws MokusError `input` for a name that is no plain file name, `disk` for a file that cannot be read or
 * written (the quota, a browser that was told to keep nothing), `cancelled`.
 *
 * @throws MokusError `unsupported` where there is no such file system (an address without https, Node), `disk`
 */
export async function originStore(folder: string): Promise<ByteStore> {
  const storage = (globalThis as { navigator?: Partial<Navigator> }).navigator?.storage;
  if (storage?.getDirectory === undefined) {
    const message = 'there is no private file system here: open the page over https or from localhost, in a browser';
    throw new MokusError('unsupported', message);
  }
  const root = await onDisk(folder, async () => {
    const top = await storage.getDirectory();
    return top.getDirectoryHandle(checkPlainName(folder), { create: true });
  });
  return {
    read: (name) => onDisk(name, () => openFile(root, checkPlainName(name))),
    write: (name, chunks, { signal } = {}) =>
      onDisk(name, async () => {
        const handle = await root.getFileHandle(checkPlainName(name), { create: true });
        // The browser writes beside the file and puts that in its place when it is closed.
        const writable = await handle.createWritable();
        try {
          for await (const chunk of chunks) {
            throwIfCancelled(signal, `writing ${name}`);
            // A copy: what lies in shared memory is refused.
            await writable.write(new Uint8Array(chunk));
          }
          throwIfCancelled(signal, `writing ${name}`);
          await writable.close();
        } catch (error) {
          await writable.abort().catch(() => undefined);
          throw error;
        }
      }),
    remove: (name) => onDisk(name, () => ifThere(() => root.removeEntry(checkPlainName(name))).then(() => undefined)),
  };
}

async function openFile(root: FileSystemDirectoryHandle, name: string): Promise<ByteSource | undefined> {
  const file = await ifThere(async () => (await root.getFileHandle(name)).getFile());
  // Empty: somebody began to write it.
  if (file === undefined || file.size === 0) return undefined;
  return {
    size: file.size,
    name,
    read: (offset, length) =>
      onDisk(name, async () => {
        requireInside(name, file.size, offset, length);
        return new Uint8Array(await file.slice(offset, offset + length).arrayBuffer());
      }),
  };
}

async function ifThere<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DOMException && error.name === 'NotFoundError') return undefined;
    throw error;
  }
}

async function onDisk<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (MokusError.isInstance(cause) || !(cause instanceof DOMException)) throw cause;
    const isFull = cause.name === 'QuotaExceededError';
    const mend = isFull
      ? 'the browser gives this page no more room: free some'
      : 'let the browser keep data of this page';
    throw new MokusError('disk', `${file} in the browser's storage: ${cause.message}; ${mend}`, { file, cause });
  }
}
