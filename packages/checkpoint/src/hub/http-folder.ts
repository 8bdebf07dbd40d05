import { type ByteSource, MokusError } from '@mokus/core';
import { type FolderSource, missingFile } from '../folder-source.js';
import { checkRelativePath } from '../relative-path.js';
import type { HttpOptions } from './http-request.js';
import { httpSource } from './http-source.js';

/**
 * A checkpoint's folder on a server, read in ranges: nothing is downloaded whole but what is read whole. A file is asked
 * for its size once. Which files there are cannot be known, so there is no `list`.
 *
 * @param name for messages: a hub id, an address
 * @param addressOf the address of a file, from its checked path
 * @throws MokusError as {@link httpSource}, and `checkpoint` for a path that would leave the folder or a file that is
 *   missing
 */
export function httpFolder(name: string, addressOf: (path: string) => string, options: HttpOptions = {}): FolderSource {
  const sources = new Map<string, Promise<ByteSource | undefined>>();
  const find = (path: string): Promise<ByteSource | undefined> => {
    checkRelativePath(path);
    const known = sources.get(path);
    if (known !== undefined) return known;
    const source = httpSource(addressOf(path), options).catch((error: unknown) => {
      if (MokusError.isInstance(error) && error.code === 'not-found') return undefined;
      sources.delete(path);
      throw error;
    });
    sources.set(path, source);
    return source;
  };
  return {
    name,
    exists: async (path) => (await find(path)) !== undefined,
    open: async (path) => {
      const source = await find(path);
      if (source === undefined) throw missingFile(name, path);
      return source;
    },
  };
}
