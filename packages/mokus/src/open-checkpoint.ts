import { stat } from 'node:fs/promises';
import {
  componentPatterns,
  type FolderSource,
  type HubOptions,
  hubSnapshot,
  isRepositoryId,
  nodeFolder,
} from '@mokus/checkpoint/node';
import { MokusError } from '@mokus/core';

/** What a pipeline reads of a repository. */
const pipelineFiles: readonly string[] = [
  'model_index.json',
  'mokus.json',
  ...componentPatterns(['text_encoder', 'tokenizer', 'transformer', 'vae', 'scheduler']),
];

/**
 * Opens a pipeline's checkpoint: a folder of this machine, or else, for a text of the form `owner/name`, the snapshot of
 * that repository of the hub, fetched as far as it is not in the cache.
 *
 * Throws MokusError `checkpoint` for what is neither, and all that {@link hubSnapshot} throws.
 */
export async function openCheckpoint(source: string | URL, options: HubOptions): Promise<FolderSource> {
  if (source instanceof URL || (await isFolder(source))) return nodeFolder(source);
  if (!isRepositoryId(source)) {
    throw new MokusError(
      'checkpoint',
      `${source} is no folder here, and no hub id, which would be "owner/name"; check the path`,
      { file: source },
    );
  }
  return nodeFolder(await fromHub(source, options));
}

async function fromHub(id: string, options: HubOptions): Promise<string> {
  try {
    return await hubSnapshot(id, { ...options, allowPatterns: pipelineFiles });
  } catch (error) {
    if (!MokusError.isInstance(error) || error.code === 'cancelled') throw error;
    // The text may have been meant as a path.
    const message = `there is no folder ${id} here, so the hub was asked for it: ${error.message}`;
    throw new MokusError(error.code, message, { ...error.details, cause: error });
  }
}

/** Whether there is a folder at a path. */
export async function isFolder(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  return stats?.isDirectory() ?? false;
}
