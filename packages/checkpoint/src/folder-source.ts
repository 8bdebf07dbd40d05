import { type ByteSource, MokusError } from '@mokus/core';
import { memorySource } from '@mokus/safetensors';
import { checkRelativePath } from './relative-path.js';

/**
 * A checkpoint's files, wherever they lie: a local folder, a hub over HTTP, a browser's storage. Paths are relative to
 * the folder, with `/`; every method throws MokusError `checkpoint` for one that would leave it.
 */
export interface FolderSource {
  /** For messages: a path or an address. */
  readonly name: string;
  /** Whether there is a file of that name; a folder is none. */
  exists(path: string): Promise<boolean>;
  /** Opens a file. Throws MokusError `checkpoint` when it is missing or cannot be read. */
  open(path: string): Promise<ByteSource>;
  /** Names of the files that lie directly in a folder (`''` for the whole's own), where that can be known. */
  list?(folder: string): Promise<readonly string[]>;
  /** Paths of all files, those of hidden folders (`.git`, `.cache`) left out, where that can be known. */
  files?(): Promise<readonly string[]>;
  /** Absolute, where the folder lies on this machine's disk. */
  readonly localPath?: string | undefined;
}

/** A folder over bytes in memory: what a browser has fetched, what a test makes up. */
export function memoryFolder(name: string, files: ReadonlyMap<string, Uint8Array>): FolderSource {
  return {
    name,
    exists: async (path) => files.has(checkRelativePath(path)),
    open: async (path) => {
      const bytes = files.get(checkRelativePath(path));
      if (bytes === undefined) throw missingFile(name, path);
      return memorySource(bytes, `${name}/${path}`);
    },
    list: async (folder) => {
      const prefix = folder === '' ? '' : `${checkRelativePath(folder)}/`;
      const names = [...files.keys()].filter((path) => path.startsWith(prefix));
      return names.map((path) => path.slice(prefix.length)).filter((rest) => !rest.includes('/'));
    },
    files: async () => [...files.keys()],
  };
}

/** The error for a file that is not there. */
export function missingFile(folder: string, path: string, cause?: unknown): MokusError {
  return new MokusError(
    'checkpoint',
    `${folder}/${path} does not exist; check the folder, or download the checkpoint again`,
    cause === undefined ? { file: path } : { file: path, cause },
  );
}
