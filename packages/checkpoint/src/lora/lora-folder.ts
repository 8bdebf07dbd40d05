import { type DeltaSite, type LoraAdapter, MokusError } from '@mokus/core';
import type { FolderSource } from '../folder-source.js';
import { readJson } from '../read-json.js';
import { readLora } from './read-lora.js';

/** The file that diffusers saves a pipeline's LoRA in. */
export const loraFileName = 'pytorch_lora_weights.safetensors';

const peftFileName = 'adapter_model.safetensors';
const peftConfigName = 'adapter_config.json';

/** What {@link loadLora} reads of a folder. */
export const loraFileNames: readonly string[] = [loraFileName, peftFileName, peftConfigName];

export interface LoadLoraOptions {
  readonly sites: readonly DeltaSite[];
  /** Default: `pytorch_lora_weights.safetensors`, else `adapter_model.safetensors`. */
  readonly weightName?: string | undefined;
}

/**
 * Reads the LoRA of a folder as diffusers or peft saved it; for peft's file its adapter_config.json counts.
 *
 * @throws MokusError `checkpoint` (no such file, damaged), and as {@link readLora}
 */
export async function loadLora(folder: FolderSource, { sites, weightName }: LoadLoraOptions): Promise<LoraAdapter> {
  const name = weightName ?? (await defaultName(folder));
  const hasConfig = name === peftFileName && (await folder.exists(peftConfigName));
  const config = hasConfig ? await readJson(folder, peftConfigName) : undefined;
  return readLora(await folder.open(name), { sites, config });
}

async function defaultName(folder: FolderSource): Promise<string> {
  for (const name of [loraFileName, peftFileName]) if (await folder.exists(name)) return name;
  throw new MokusError(
    'checkpoint',
    `${folder.name} has neither ${loraFileName} nor ${peftFileName}; say which file it is with weightName`,
    { file: folder.name },
  );
}
