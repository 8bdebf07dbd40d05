import { mkdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  checkRelativePath,
  type FolderSource,
  type HubOptions,
  hubSnapshot,
  isRepositoryId,
  type LoraFormat,
  loadLora,
  localPath,
  loraFileName,
  loraFileNames,
  nodeFolder,
  saveLora,
} from '@mokus/checkpoint/node';
import { type DeltaSite, type LoraAdapter, MokusError, type RunOptions } from '@mokus/core';
import { isFolder } from './open-checkpoint.js';

/** The hub's options matter for a hub id only. */
export interface LoadLoraWeightsOptions extends HubOptions {
  /** Default: `default`. */
  readonly adapterName?: string | undefined;
  /** The file's name in a folder or repository. Default: as diffusers, then as peft names it. */
  readonly weightName?: string | undefined;
}

export interface SaveLoraWeightsOptions extends Pick<RunOptions, 'signal'> {
  /** Default: the adapter that is loaded, where there is one only. */
  readonly adapterName?: string | undefined;
  /** Default: `pytorch_lora_weights.safetensors`. */
  readonly weightName?: string | undefined;
  /** Default: `diffusers`. */
  readonly format?: LoraFormat | undefined;
}

/** Reads a LoRA from a file or folder of this machine, or from a repository of the hub. */
export async function readLoraWeights(
  source: string | URL,
  sites: readonly DeltaSite[],
  { adapterName: _, weightName, ...hub }: LoadLoraWeightsOptions,
): Promise<LoraAdapter> {
  const path = localPath(source);
  if (await isFolder(path)) return loadLora(await nodeFolder(path), { sites, weightName });
  if (await isFile(path)) return loadLora(await nodeFolder(dirname(path)), { sites, weightName: basename(path) });
  if (source instanceof URL || !isRepositoryId(source)) {
    throw new MokusError('checkpoint', `${path} is no file and no folder, and no hub id; check the path of the LoRA`, {
      file: path,
    });
  }
  return loadLora(await hubFolder(source, weightName, hub), { sites, weightName });
}

/** Writes a LoRA into a folder, which is made where there is none: whole or not at all. */
export async function writeLoraWeights(
  directory: string | URL,
  adapter: LoraAdapter,
  { weightName = loraFileName, format, signal }: SaveLoraWeightsOptions,
): Promise<void> {
  const folder = localPath(directory);
  const file = join(folder, checkRelativePath(weightName));
  await mkdir(dirname(file), { recursive: true }).catch((cause: unknown) => {
    throw new MokusError('disk', `${folder} cannot be made (${String(cause)}); choose another folder`, {
      file: folder,
      cause,
    });
  });
  await saveLora(file, adapter, { format, signal });
}

async function hubFolder(id: string, weightName: string | undefined, hub: HubOptions): Promise<FolderSource> {
  const allowPatterns = weightName === undefined ? loraFileNames : [weightName, ...loraFileNames.slice(-1)];
  return nodeFolder(await hubSnapshot(id, { ...hub, allowPatterns }));
}

async function isFile(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  return stats?.isFile() ?? false;
}
