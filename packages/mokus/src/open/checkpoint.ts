import { componentPatterns, type FolderSource, type HubOptions, nodeFolder } from '@mokus/checkpoint/node';
import { localOrHub } from './local-or-hub.js';

/** What a pipeline reads of a repository. */
const pipelineFiles: readonly string[] = [
  'model_index.json',
  'mokus.json',
  ...componentPatterns(['text_encoder', 'tokenizer', 'transformer', 'vae', 'scheduler']),
];

/** Opens a pipeline's checkpoint; errors as {@link localOrHub}. */
export async function openCheckpoint(source: string | URL, hub: HubOptions): Promise<FolderSource> {
  return nodeFolder(await localOrHub(source, { what: 'checkpoint', wanted: pipelineFiles, hub }));
}
