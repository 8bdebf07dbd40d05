import { stat } from 'node:fs/promises';
import { MokusError, throwIfCancelled } from '@mokus/core';
import { matchesAny } from '../../hub/file-patterns.js';
import type { HttpOptions } from '../../hub/http-request.js';
import { checkRepositoryId, type HubRepository, hubFileUrl, isCommit } from '../../hub/repository.js';
import { blobName, type RepositoryFile } from '../../hub/repository-file.js';
import { listRepository, resolveCommit } from '../../hub/repository-listing.js';
import { checkRelativePath } from '../../relative-path.js';
import { RepositoryCache } from './cache-layout.js';
import { downloadBlob } from './download-blob.js';
import { inParallel } from './in-parallel.js';
import { type HubOptions, hubSettings } from './settings.js';
import { readTree, writeTree } from './tree-file.js';

export interface HubSnapshotOptions extends HubOptions {
  /** Which files to have, by shell patterns as in Python. Default: all. */
  readonly allowPatterns?: readonly string[] | undefined;
}

/** What is asked of a cache. */
interface Wish {
  readonly id: string;
  readonly revision: string;
  readonly cache: RepositoryCache;
  readonly isWanted: (path: string) => boolean;
}

/** Files at a time: more do not make a fast line faster, and a slow one is shared by them all. */
const parallelDownloads = 4;

/** Bytes of a file between two progress events. */
const progressStep = 2 ** 20;

/**
 * A model repository of the hub, or some of its files, as a folder in the cache that Python's huggingface_hub shares.
 * What is there already is not fetched again. A file is put into its place only when its length and hash are right, the
 * links to the files only when all are there, and the revision's name last: whatever fails or is cancelled, what the cache
 * held before stays as it was.
 *
 * @param id `owner/name`
 * @returns the path of `snapshots/COMMIT`
 * @throws MokusError `input`; `access` (401, 403), `not-found` (404, or no file matches), `rate-limit` (429), `network`,
 *   `integrity` (wrong length or hash), `disk`, `offline` (not in the cache and no network allowed), `cancelled`
 */
export async function hubSnapshot(id: string, options: HubSnapshotOptions = {}): Promise<string> {
  checkRepositoryId(id);
  const { cacheDir, revision, endpoint, token, localFilesOnly } = await hubSettings(options);
  const { signal, retries, allowPatterns = ['*'] } = options;
  const cache = new RepositoryCache(cacheDir, id);
  const wish: Wish = { id, revision, cache, isWanted: matchesAny(allowPatterns) };
  throwIfCancelled(signal, `loading ${id}`);
  if (localFilesOnly) return cachedSnapshot(wish);

  const repository: HubRepository = { id, endpoint, token, signal, retries };
  const { commit, files } = await describe(repository, cache, revision).catch(async (error: unknown) => {
    throw await withCacheHint(error, wish);
  });
  const wanted = files.filter(({ path }) => wish.isWanted(path));
  if (wanted.length === 0) {
    throw new MokusError(
      'not-found',
      `${id} at ${revision} holds none of the files ${allowPatterns.join(', ')}; check the name`,
      { file: id },
    );
  }
  for (const { path } of wanted) checkRelativePath(path, id);
  await download(repository, cache, commit, wanted, options);
  throwIfCancelled(signal, `loading ${id}`);
  for (const file of wanted) await cache.link(file, commit);
  await cache.writeRef(revision, commit);
  return cache.snapshot(commit);
}

/** The commit of a revision and its files; a listing that is kept needs no request. */
async function describe(
  repository: HubRepository,
  cache: RepositoryCache,
  revision: string,
): Promise<{ readonly commit: string; readonly files: readonly RepositoryFile[] }> {
  const commit = isCommit(revision) ? revision : await resolveCommit(repository, revision);
  const kept = await readTree(cache.tree(commit));
  if (kept !== undefined) return { commit, files: kept };
  const files = await listRepository(repository, commit);
  // Only a copy: a cache that cannot be written may hold all files, and if it does not, their error says so.
  await writeTree(cache.tree(commit), files).catch((error: unknown) => {
    if (!MokusError.isInstance(error)) throw error;
  });
  return { commit, files };
}

/** Fetches the contents that are not in the cache, each once. */
async function download(
  repository: HubRepository,
  cache: RepositoryCache,
  commit: string,
  files: readonly RepositoryFile[],
  { onProgress }: HubSnapshotOptions,
): Promise<void> {
  const { id, endpoint, signal } = repository;
  const isThere = await Promise.all(files.map((file) => cache.hasContent(file, commit)));
  const missing = new Map(files.filter((_, index) => !isThere[index]).map((file) => [blobName(file), file]));
  const total = [...missing.values()].reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  await inParallel([...missing.values()], parallelDownloads, signal, async (file, stop) => {
    let unreported = 0;
    const url = hubFileUrl(id, file.path, { revision: commit, endpoint });
    const options: HttpOptions = { ...repository, signal: stop };
    await downloadBlob(url, cache.blob(file), file, options, (count) => {
      done += count;
      unreported += count;
      if (unreported < progressStep) return;
      unreported = 0;
      onProgress?.({ kind: 'download', repository: id, file: file.path, done, total });
    });
    onProgress?.({ kind: 'download', repository: id, file: file.path, done, total });
  });
}

/** What the cache has of a revision, if that is all that is wanted. */
async function cachedSnapshot({ id, revision, cache, isWanted }: Wish): Promise<string> {
  const refuse = (problem: string): MokusError =>
    new MokusError(
      'offline',
      `${problem}, and the network may not be used; call once without localFilesOnly and HF_HUB_OFFLINE`,
      { file: cache.folder },
    );
  const commit = await cache.readRef(revision);
  const folder = commit === undefined ? undefined : cache.snapshot(commit);
  const stats = folder === undefined ? undefined : await stat(folder).catch(() => undefined);
  if (commit === undefined || folder === undefined || !stats?.isDirectory()) {
    throw refuse(`${id} at ${revision} is not in the cache ${cache.folder}`);
  }
  // Without a listing (older software wrote none) what lies there is all that can be known.
  const files = ((await readTree(cache.tree(commit))) ?? []).filter(({ path }) => isWanted(path));
  const isThere = await Promise.all(files.map((file) => cache.hasFile(file, commit)));
  const lacking = files.filter((_, index) => !isThere[index]).map(({ path }) => path);
  if (lacking.length === 0) return folder;
  const names = lacking.slice(0, 4).join(', ') + (lacking.length > 4 ? ', ...' : '');
  throw refuse(`${id} at ${revision} lacks ${lacking.length} of ${files.length} files in the cache (${names})`);
}

/** An error of the network, with the way out if the cache holds what is wanted. */
async function withCacheHint(error: unknown, wish: Wish): Promise<unknown> {
  if (!MokusError.isInstance(error) || !['network', 'rate-limit'].includes(error.code)) return error;
  const folder = await cachedSnapshot(wish).catch(() => undefined);
  if (folder === undefined) return error;
  return new MokusError(
    error.code,
    `${error.message}. The cache holds ${wish.id} at ${wish.revision}: localFilesOnly: true uses it`,
    { ...error.details, cause: error },
  );
}
