import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type HubOptions, hubSnapshot, isRepositoryId, localPath } from '@mokus/checkpoint/node';
import { MokusError } from '@mokus/core';

export interface LocalOrHubOptions {
  /** What is opened, for messages. */
  readonly what: string;
  /** What is fetched of a repository of the hub: names, with `*`. */
  readonly wanted: readonly string[];
  readonly hub: HubOptions;
}

/**
 * The path of a file or folder of this machine, or else, for a text of the form `owner/name`, of the snapshot of that
 * repository of the hub, fetched as far as it is not in the cache.
 *
 * Throws MokusError `checkpoint` for what is neither, and all that {@link hubSnapshot} throws.
 */
export async function localOrHub(source: string | URL, { what, wanted, hub }: LocalOrHubOptions): Promise<string> {
  const path = localPath(source);
  const stats = await statsOf(path);
  if (stats?.isDirectory() || stats?.isFile()) return path;
  if (source instanceof URL || !isRepositoryId(source)) {
    const message = `${path} is no file or folder here, and no hub id, which would be "owner/name"; check the path of the ${what}`;
    throw new MokusError('checkpoint', message, { file: path });
  }
  try {
    return await hubSnapshot(source, { ...hub, allowPatterns: wanted });
  } catch (error) {
    if (!MokusError.isInstance(error) || error.code === 'cancelled') throw error;
    // The text may have been meant as a path.
    const message = `there is no file or folder ${source} here, so the hub was asked for it: ${error.message}`;
    throw new MokusError(error.code, message, { ...error.details, cause: error });
  }
}

/** Whether there is a folder at a path. */
export async function isFolder(path: string): Promise<boolean> {
  return (await statsOf(path))?.isDirectory() ?? false;
}

async function statsOf(path: string): Promise<Stats | undefined> {
  return stat(path).catch(() => undefined);
}
