import {
  editFile,
  editFileName,
  type FolderSource,
  type LoraFormat,
  loraFile,
  loraFileName,
  nodeFolder,
  type PushedCommit,
  type PushOptions,
  pushFiles,
  pushFolder,
  streamedFile,
} from '@mokus/checkpoint/node';
import { describeGiven, type Edit, type LoraAdapter, MokusError, requireKnown } from '@mokus/core';
import { pushToHubOptions } from './hub-options.js';

export type { PushedCommit, PushOptions } from '@mokus/checkpoint/node';

export interface PushToHubOptions extends PushOptions {
  /** Of an edit or adapter: its name in the repository. Default: `mokus-edit.safetensors`, as diffusers names a LoRA. */
  readonly weightName?: string | undefined;
  /** Of an adapter. Default: `diffusers`. */
  readonly format?: LoraFormat | undefined;
}

/**
 * Uploads an edit, an adapter or all files of a folder (its path, or one that is open) to a repository of the hub, which is
 * made where there is none. All of it appears in one commit, or nothing. `loadEdit`, `pipeline.loadLoraWeights` and
 * `fromPretrained` read it back by the repository's id; `pipeline.pushToHub` uploads a whole pipeline with its edits.
 *
 * The token must be one that may write: the option, HF_TOKEN, or what `hf auth login` keeps.
 *
 * @param id `owner/name`
 * @throws MokusError `edit`, `adapter` (nothing to save, not finite), `checkpoint` (a folder or file that cannot be read);
 *   `input` (an option that is unknown, too), `access` (401, 403), `not-found` (404), `conflict` (409, 412: somebody else
 *   changes the repository), `rate-limit` (429), `network`, `offline` (HF_HUB_OFFLINE), `cancelled`
 */
export async function pushToHub(
  what: Edit | LoraAdapter | FolderSource | string | URL,
  id: string,
  options: PushToHubOptions = {},
): Promise<PushedCommit> {
  requireKnown('pushToHub', options, pushToHubOptions);
  const { weightName, format, ...push } = options;
  if (typeof what === 'string' || what instanceof URL) return pushFolder(id, await nodeFolder(what), push);
  const isObject = typeof what === 'object' && what !== null;
  if (isObject && 'sites' in what) {
    const file = streamedFile(weightName ?? editFileName, editFile(what));
    return pushFiles(id, [file], { commitMessage: 'Upload edit', ...push });
  }
  if (isObject && 'modules' in what) {
    const file = streamedFile(weightName ?? loraFileName, loraFile(what, { format }));
    return pushFiles(id, [file], { commitMessage: 'Upload LoRA', ...push });
  }
  if (isObject && typeof what.open === 'function') return pushFolder(id, what, push);
  const mend = 'a whole pipeline is uploaded by its own pushToHub(id)';
  const message = `pushToHub takes an edit, an adapter or a folder first, and got ${describeGiven(what)}; ${mend}`;
  throw new MokusError('input', message, { field: 'what' });
}
