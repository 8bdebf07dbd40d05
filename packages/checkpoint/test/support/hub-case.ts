import { onTestFinished } from 'vitest';
import type { HubSnapshotOptions } from '../../src/node/index.js';
import { id, someFiles } from './hub-files.js';
import { type HubFile, type HubServer, startHub } from './hub-server.js';
import { temporaryFolder } from './temporary-folder.js';

/** A hub with one repository, and a cache of its own, for one test. */
export async function hubCase(
  files: Map<string, HubFile> = someFiles(),
): Promise<{ hub: HubServer; cacheDir: string; options: HubSnapshotOptions }> {
  const hub = await startHub();
  onTestFinished(() => hub[Symbol.asyncDispose]());
  hub.repositories.set(id, files);
  const cacheDir = await temporaryFolder();
  return { hub, cacheDir, options: { endpoint: hub.endpoint, cacheDir, token: false } };
}
