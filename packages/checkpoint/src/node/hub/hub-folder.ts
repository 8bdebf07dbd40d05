import type { FolderSource } from '../../folder-source.js';
import { httpFolder } from '../../hub/http-folder.js';
import { checkRepositoryId, hubFileUrl, isCommit } from '../../hub/repository.js';
import { resolveCommit } from '../../hub/repository-listing.js';
import { nodeFolder } from '../folder.js';
import { type HubOptions, hubSettings } from './settings.js';
import { hubSnapshot } from './snapshot.js';

/**
 * A model repository of the hub as a folder that is read over the network in ranges, for whoever wants to look at it
 * without downloading it. The revision is looked up once, and every file is read as of that commit, wherever the branch
 * moves meanwhile. Where the network may not be used it is the folder in the cache.
 *
 * @param id `owner/name`
 * @throws MokusError as {@link httpFolder} and {@link hubSnapshot}
 */
export async function hubFolder(id: string, options: HubOptions = {}): Promise<FolderSource> {
  checkRepositoryId(id);
  const { endpoint, revision, token, localFilesOnly } = await hubSettings(options);
  if (localFilesOnly) return nodeFolder(await hubSnapshot(id, options));
  const { signal, retries } = options;
  const repository = { id, endpoint, token, signal, retries };
  const commit = isCommit(revision) ? revision : await resolveCommit(repository, revision);
  return httpFolder(id, (path) => hubFileUrl(id, path, { revision: commit, endpoint }), { token, signal, retries });
}
