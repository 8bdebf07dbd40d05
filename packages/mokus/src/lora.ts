import { dirname, join } from 'node:path';
import {
  checkRelativePath,
  type HubOptions,
  type LoraFormat,
  loadLora,
  localPath,
  loraFileName,
  loraFileNames,
  saveLora,
} from '@mokus/checkpoint/node';
import { type DeltaSite, type LoraAdapter, type RunOptions, requireKnown } from '@mokus/core';
import { hubOptions } from './hub-options.js';
import { makeFolder } from './make-folder.js';
import { openFiles } from './open/files.js';

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

const knownWhenLoading: Readonly<Record<keyof LoadLoraWeightsOptions, true>> = {
  adapterName: true,
  weightName: true,
  ...hubOptions,
};

const knownWhenSaving: Readonly<Record<keyof SaveLoraWeightsOptions, true>> = {
  adapterName: true,
  weightName: true,
  format: true,
  signal: true,
};

/** Reads a LoRA from a file or folder of this machine, or from a repository of the hub. */
export async function readLoraWeights(
  source: string | URL,
  sites: readonly DeltaSite[],
  options: LoadLoraWeightsOptions,
): Promise<LoraAdapter> {
  requireKnown('loadLoraWeights', options, knownWhenLoading);
  const { adapterName: _, weightName, ...hub } = options;
  // Beside the weights: the settings that peft writes.
  const settings = loraFileNames.filter((name) => !name.endsWith('.safetensors'));
  const wanted = weightName === undefined ? loraFileNames : [weightName, ...settings];
  const { folder, name } = await openFiles(source, { what: 'LoRA', weightName, wanted, hub });
  return loadLora(folder, { sites, weightName: name });
}

/** Writes a LoRA into a folder, which is made where there is none: whole or not at all. */
export async function writeLoraWeights(
  directory: string | URL,
  adapter: LoraAdapter,
  options: SaveLoraWeightsOptions,
): Promise<void> {
  requireKnown('saveLoraWeights', options, knownWhenSaving);
  const { weightName = loraFileName, format, signal } = options;
  const folder = localPath(directory);
  const file = join(folder, checkRelativePath(weightName));
  await makeFolder(dirname(file));
  await saveLora(file, adapter, { format, signal });
}
