import type { ByteSource } from '@mokus/safetensors';
import type { RunOptions } from './progress.js';

/**
 * Files by name, for caches: a folder of the machine (`folderStore` of `@mokus/checkpoint/node`), a browser's private
 * file system or database. Names are file names without folders.
 */
export interface ByteStore {
  /** undefined where there is no such file. */
  read(name: string): Promise<ByteSource | undefined>;
  /** Replaces what is there; whole or not at all, whatever stops it. */
  write(
    name: string,
    chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    options?: Pick<RunOptions, 'signal'>,
  ): Promise<void>;
  /** Does nothing where there is no such file. */
  remove(name: string): Promise<void>;
}
