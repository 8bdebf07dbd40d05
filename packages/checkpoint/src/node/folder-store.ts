import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ByteStore, MokusError } from '@mokus/core';
import { checkPlainName } from '../plain-name.js';
import { systemErrorCode, writing } from './disk-error.js';
import { fileSource } from './file-source.js';
import { localPath } from './local-path.js';
import { writeFileWhole } from './write-file.js';

/**
 * A folder as a ByteStore, made when the first file is written.
 *
 * The store throws MokusError `input` for a name that is no plain file name, `checkpoint` for a file that cannot be read,
 * `disk` for one that cannot be written, `cancelled`.
 */
export function folderStore(folder: string | URL): ByteStore {
  const root = localPath(folder);
  const pathOf = (name: string): string => join(root, checkPlainName(name));
  return {
    async read(name) {
      try {
        return await fileSource(pathOf(name));
      } catch (error) {
        if (MokusError.isInstance(error) && systemErrorCode(error.details.cause) === 'ENOENT') return undefined;
        throw error;
      }
    },
    async write(name, chunks, options = {}) {
      const path = pathOf(name);
      await writing(path, () => mkdir(root, { recursive: true }));
      await writeFileWhole(path, chunks, options);
    },
    async remove(name) {
      const path = pathOf(name);
      await writing(path, () => rm(path, { force: true }));
    },
  };
}
