import { open, stat } from 'node:fs/promises';
import type { ByteSource } from '@mokus/core';

/** A file as a byte source, under the path given. */
export async function fileSource(path: string): Promise<ByteSource> {
  return {
    size: (await stat(path)).size,
    name: path,
    filePath: path,
    async read(offset, length) {
      const file = await open(path);
      try {
        const bytes = new Uint8Array(length);
        await file.read(bytes, 0, length, offset);
        return bytes;
      } finally {
        await file.close();
      }
    },
  };
}
