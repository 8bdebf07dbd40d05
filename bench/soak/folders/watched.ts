import { realpathSync } from 'node:fs';
import { sep } from 'node:path';
import type { FolderSource } from '@mokus/checkpoint/node';
import { type ByteSource, MokusError } from '@mokus/core';
import { SoakFinding } from '../part.js';

/** A folder, and every file of it, that remembers whether anyone asked for what does not lie in it. */
export interface Watched {
  readonly folder: FolderSource;
  /** Throws a finding when someone did. */
  check(): void;
}

export function watched(folder: FolderSource): Watched {
  const root = folder.localPath === undefined ? undefined : realpathSync(folder.localPath) + sep;
  let outside: string | undefined;
  const watch = (source: ByteSource, path: string): ByteSource => {
    if (root !== undefined && source.filePath?.startsWith(root) === false) outside ??= `${path} is ${source.filePath}`;
    return {
      ...source,
      read: (offset, length) => {
        const isRange = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
        if (!isRange || offset + length > source.size) {
          outside ??= `${length} bytes from ${offset} of ${source.size} in ${path}`;
        }
        return source.read(offset, length);
      },
    };
  };
  return {
    folder: { ...folder, open: async (path) => watch(await folder.open(path), path) },
    check: () => {
      if (outside !== undefined) throw new SoakFinding('outside', outside);
    },
  };
}

/** Codes with which something that is read is refused. */
const refusals = ['checkpoint', 'config', 'weight', 'unsupported', 'edit', 'adapter', 'base-model', 'site', 'prompt'];

/** Longer than a message with a path, names and shapes can be. */
const longestMessage = 2000;

/** The outcome of reading something: what `read` says, or the code of its refusal, which must be typed, short and placed. */
export async function outcomeOf(read: () => Promise<string>): Promise<string> {
  try {
    return await read();
  } catch (error) {
    if (!MokusError.isInstance(error)) throw error;
    const { code, message, details } = error;
    if (!refusals.includes(code)) throw new SoakFinding('untyped', `refused as '${code}': ${message}`, error);
    if (message.length > longestMessage) throw new SoakFinding('untyped', `${message.length} characters`, error);
    if ((details.file ?? details.tensor ?? details.field ?? details.site) === undefined) {
      throw new SoakFinding('untyped', `no place in: ${message}`, error);
    }
    return code;
  }
}
