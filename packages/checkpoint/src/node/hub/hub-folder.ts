import type { FolderSource } from '../../folder-source.js';
import { httpFolder } from '../../hub/http-folder.js';
import { checkRepositoryId, hubFileUrl } from '../../hub/repository.js';
import { nodeFolder } from '../folder.js';
import { type HubOptions, hubSettings } from './settings.js';
import { hubSnapshot } from './snapshot.js';

/**
 * A model repository of the hub as a folder that is read over the network in ranges, for whoever wants to look at it
 * without downloading it. Where the network may not be used it is the folder in the cache.
 *
 * @param id `owner/name`
 * @throws MokusError as {@link httpFolder} and {@link hubSnapshot}
 */
export async function hubFolder(id: string, options: HubOptions = {}): Promise<FolderSource> {
  checkRepositoryId(id);
  const { endpoint, revision, token, localFilesOnly } = await hubSettings(options);
  if (localFilesOnly) return nodeFolder(await hubSnapshot(id, options));
  const { signal, retries } = options;
  return httpFolder(id, (path) => hubFileUrl(id, path, { revision, endpoint }), { token, signal, retries });
}
