import {
  type FolderSource,
  type HubOptions,
  httpFolder,
  hubFolder,
  isRepositoryId,
  nodeFolder,
} from '@mokus/checkpoint/node';
import { isFolder } from './local-or-hub.js';

/** A folder of this machine, an address, a hub id, or a folder that is open already. */
export type CheckpointLocation = string | URL | FolderSource;

/**
 * Opens a checkpoint for reading in ranges. A text that names a folder here is that folder, as in Python; else one of the
 * form `owner/name` is a hub id. The hub's token is sent to the hub; one that is given, to an address too.
 *
 * @throws MokusError `checkpoint` (no such folder), and what the hub and servers refuse
 */
export async function openFolder(location: CheckpointLocation, options: HubOptions): Promise<FolderSource> {
  if (typeof location === 'object' && !(location instanceof URL)) return location;
  const text = String(location);
  if (/^https?:/i.test(text)) return addressFolder(text, options);
  if (typeof location === 'string' && isRepositoryId(location) && !(await isFolder(location))) {
    return hubFolder(location, options);
  }
  return nodeFolder(location);
}

function addressFolder(address: string, { token, signal, retries }: HubOptions): FolderSource {
  const base = address.replace(/\/*$/, '/');
  const addressOf = (path: string): string => base + path.split('/').map(encodeURIComponent).join('/');
  return httpFolder(address, addressOf, { token: token || undefined, signal, retries });
}
