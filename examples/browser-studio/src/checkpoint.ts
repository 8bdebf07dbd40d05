import {
  cachedFolder,
  checkpointFiles,
  httpFolder,
  type ListedFile,
  missingFiles,
  originStore,
} from '@mokus/checkpoint';
import type { ByteStore, CheckpointFiles, RunOptions } from '@mokus/core';

/** Set by vite.config.ts: what lies beside the page. */
declare const __CHECKPOINT__: { readonly revision: string; readonly files: readonly ListedFile[] };

/** In the origin's private file system. A new revision gets a store of its own. */
export function openStore(): Promise<ByteStore> {
  return originStore(`emoji-world-${__CHECKPOINT__.revision}`);
}

/** Bytes of the checkpoint, and how many of them are not here yet. */
export async function checkpointSize(store: ByteStore): Promise<{ total: number; missing: number }> {
  const { files } = __CHECKPOINT__;
  return { total: sum(files), missing: sum(await missingFiles(files, store)) };
}

/** The checkpoint beside the page: read in ranges as far as it is not in the store, and from the store alone then. */
export async function openCheckpoint(page: string, store: ByteStore, options: RunOptions): Promise<CheckpointFiles> {
  const remote = httpFolder('emoji-world', (path) => new URL(path, page).href, { signal: options.signal });
  return checkpointFiles(await cachedFolder(remote, __CHECKPOINT__.files, store, options));
}

function sum(files: readonly ListedFile[]): number {
  return files.reduce((bytes, { size }) => bytes + size, 0);
}
