import type { LoraAdapter, RunOptions } from '@mokus/core';
import { type LoraFileOptions, loraFile } from '../lora/lora-file.js';
import { localPath } from './local-path.js';
import { writeFileWhole } from './write-file.js';

/**
 * Saves a LoRA as one .safetensors file, whole or not at all.
 *
 * @throws MokusError `adapter` (no adapter, nothing to save, a factor that is not of its size or not finite), `input` (no
 *   path), `disk`, `cancelled`
 */
export async function saveLora(
  path: string | URL,
  adapter: LoraAdapter,
  { format, signal }: LoraFileOptions & Pick<RunOptions, 'signal'> = {},
): Promise<void> {
  // The adapter first: who swaps the two is told of the order.
  const file = loraFile(adapter, { format });
  await writeFileWhole(localPath(path), file.chunks(), { signal });
}
