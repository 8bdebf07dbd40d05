import { MokusError, requireKnown, throwIfCancelled } from '@mokus/core';
import type { FolderSource } from '../../folder-source.js';
import { checkRepositoryId, checkRevision } from '../../hub/repository.js';
import { type PushedCommit, type UploadOptions, uploadFiles } from '../../hub/repository-upload.js';
import { copiedFile, type SavedFile } from '../../save/saved-file.js';
import { type HubOptions, hubSettings } from './settings.js';

export interface PushOptions
  extends UploadOptions,
    Pick<HubOptions, 'token' | 'endpoint' | 'retries' | 'signal' | 'onProgress'> {}

/** The names of a push's options: one that is misspelt, of `private` say, must not publish. */
export const pushOptions: Readonly<Record<keyof PushOptions, true>> = {
  revision: true,
  createRepo: true,
  private: true,
  commitMessage: true,
  commitDescription: true,
  createPr: true,
  parentCommit: true,
  token: true,
  endpoint: true,
  retries: true,
  signal: true,
  onProgress: true,
};

/**
 * Puts files into a model repository of the hub, in one commit: all of them appear at once, or none. Files that are there
 * under other paths stay. See {@link savedFiles}, {@link copiedFile}, {@link givenFile}, and {@link streamedFile}
 * with {@link editFile} or {@link loraFile}, for what can be put there.
 *
 * The token must be one that may write: the option, HF_TOKEN, or the file of `hf auth login`; it goes to the hub alone.
 *
 * @param id `owner/name`
 * @throws MokusError `input` (a name, an option that is unknown, nothing to upload, what the hub does not take), `access` (401, 403), `not-found`
 *   (404), `conflict` (409, 412: somebody else changes it), `rate-limit` (429), `network`, `offline` (HF_HUB_OFFLINE),
 *   `cancelled`; what making a file throws. Nothing of it is in the repository then, but after a `network` error that
 *   says so.
 */
export async function pushFiles(
  id: string,
  files: readonly SavedFile[],
  options: PushOptions = {},
): Promise<PushedCommit> {
  requireKnown('pushFiles', options, pushOptions);
  checkRepositoryId(id);
  const { revision, token, endpoint, retries, signal, onProgress, parentCommit } = options;
  const settings = await hubSettings({ revision, token, endpoint });
  if (parentCommit !== undefined) checkRevision(parentCommit);
  if (settings.localFilesOnly) {
    throw new MokusError('offline', `${id} cannot be uploaded to while HF_HUB_OFFLINE is set; unset it`, { file: id });
  }
  throwIfCancelled(signal, `uploading to ${id}`);
  const repository = { id, endpoint: settings.endpoint, token: settings.token, signal, retries };
  return uploadFiles(repository, files, { ...options, revision: settings.revision }, onProgress);
}

/**
 * Puts all files of a folder into a model repository of the hub, those of hidden folders left out; see {@link pushFiles}.
 *
 * @throws MokusError `unsupported` (a folder whose files cannot be listed), `checkpoint` (a file that cannot be read, or
 *   changes meanwhile), and as {@link pushFiles}
 */
export async function pushFolder(id: string, folder: FolderSource, options: PushOptions = {}): Promise<PushedCommit> {
  requireKnown('pushFolder', options, pushOptions);
  if (folder.files === undefined) {
    throw new MokusError('unsupported', `the files of ${folder.name} cannot be listed; give a local folder`, {
      file: folder.name,
    });
  }
  const paths = await folder.files();
  return pushFiles(id, await Promise.all(paths.map((path) => copiedFile(folder, path))), options);
}
