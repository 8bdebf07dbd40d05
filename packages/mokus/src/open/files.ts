import { basename, dirname } from 'node:path';
import { editFileName, type FolderSource, type HubOptions, nodeFolder } from '@mokus/checkpoint/node';
import type { ByteSource } from '@mokus/core';
import { isFolder, type LocalOrHubOptions, localOrHub } from './local-or-hub.js';

/** A small file that was asked for: the folder it lies in, and its name where that is known. */
export interface OpenFiles {
  readonly folder: FolderSource;
  readonly name: string | undefined;
}

export interface OpenFilesOptions extends LocalOrHubOptions {
  /** Its name in a folder or repository, where that is known. */
  readonly weightName: string | undefined;
}

/** Finds a small file (an edit, a LoRA) by the path of it or of its folder, or on the hub; errors as {@link localOrHub}. */
export async function openFiles(
  source: string | URL,
  { weightName, ...options }: OpenFilesOptions,
): Promise<OpenFiles> {
  const path = await localOrHub(source, options);
  if (await isFolder(path)) return { folder: await nodeFolder(path), name: weightName };
  return { folder: await nodeFolder(dirname(path)), name: basename(path) };
}

/** Opens the file of an edit; errors as {@link localOrHub}. */
export async function openEditFile(
  source: string | URL,
  hub: HubOptions,
  weightName: string = editFileName,
): Promise<ByteSource> {
  const { folder, name = weightName } = await openFiles(source, {
    what: 'edit',
    weightName,
    wanted: [weightName],
    hub,
  });
  return folder.open(name);
}
