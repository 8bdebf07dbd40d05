import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import {
  editFileName,
  type FolderSource,
  type HubOptions,
  hubSnapshot,
  isRepositoryId,
  localPath,
  nodeFolder,
} from '@mokus/checkpoint/node';
import { type ByteSource, MokusError } from '@mokus/core';
import { isFolder } from './open-checkpoint.js';

/** A small file that was asked for: the folder it lies in, and its name where that is known. */
export interface OpenFiles {
  readonly folder: FolderSource;
  readonly name: string | undefined;
}

/**
 * Finds a small file (an edit, a LoRA) by the path of it or of its folder, or in a repository of the hub, of which only
 * `wanted` is fetched. What lies here comes first.
 *
 * Throws MokusError `checkpoint` for what is none of them, and all that `hubSnapshot` throws.
 */
export async function openFiles(
  source: string | URL,
  what: string,
  { weightName, wanted, hub }: { weightName: string | undefined; wanted: readonly string[]; hub: HubOptions },
): Promise<OpenFiles> {
  const path = localPath(source);
  if (await isFolder(path)) return { folder: await nodeFolder(path), name: weightName };
  if (await isFile(path)) return { folder: await nodeFolder(dirname(path)), name: basename(path) };
  if (source instanceof URL || !isRepositoryId(source)) {
    throw new MokusError(
      'checkpoint',
      `${path} is no file and no folder, and no hub id; check the path of the ${what}`,
      {
        file: path,
      },
    );
  }
  return { folder: await nodeFolder(await hubSnapshot(source, { ...hub, allowPatterns: wanted })), name: weightName };
}

/** Opens the file of an edit; errors as {@link openFiles}. */
export async function openEditFile(
  source: string | URL,
  hub: HubOptions,
  weightName: string = editFileName,
): Promise<ByteSource> {
  const { folder, name = weightName } = await openFiles(source, 'edit', { weightName, wanted: [weightName], hub });
  return folder.open(name);
}

async function isFile(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  return stats?.isFile() ?? false;
}
