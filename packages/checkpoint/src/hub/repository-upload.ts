import { MokusError, type ProgressListener } from '@mokus/core';
import { checkRelativePath } from '../relative-path.js';
import type { SavedFile } from '../save/saved-file.js';
import { protocolError } from './http-errors.js';
import { callLibrary } from './library-call.js';
import { defaultRevision, type HubRepository } from './repository.js';
import { resolveCommit } from './repository-listing.js';
import { SavedFileBlob } from './saved-file-blob.js';
import { uploadFetch } from './upload-fetch.js';
import { UploadProgress } from './upload-progress.js';

export interface UploadOptions {
  /** The branch. Default `main`. Another is made of `main` where there is none, unless `createRepo` is false. */
  readonly revision?: string | undefined;
  /** Whether to make the repository where there is none. Default: true. */
  readonly createRepo?: boolean | undefined;
  /** Of a repository that is made. Default: as its owner has it set, mostly public. */
  readonly private?: boolean | undefined;
  /** The commit's first line. Default: `Upload N files`. */
  readonly commitMessage?: string | undefined;
  readonly commitDescription?: string | undefined;
  /** Whether to open a pull request instead of writing to the branch. Default: false. */
  readonly createPr?: boolean | undefined;
  /** The commit that the branch must be at: if it is not, nothing is written (`conflict`). Default: whichever it is at. */
  readonly parentCommit?: string | undefined;
}

/** What a push made. */
export interface PushedCommit {
  /** The commit's hash: the revision under which exactly this can be had. */
  readonly commit: string;
  /** The commit's page. */
  readonly url: string;
  /** The pull request's page, with `createPr`. */
  readonly pullRequestUrl?: string;
}

/**
 * Uploads files in one commit: all of them appear at once, or none. Files of these paths are replaced, others stay. Large
 * ones are hashed, and sent only where the hub does not have their content, over plain HTTP; what is made of a `SavedFile`
 * is made anew for each reading and never held whole, but for the small files.
 *
 * @throws MokusError `input`, `access` (401, 402, 403), `not-found`, `conflict` (409, 412), `rate-limit`, `network`,
 *   `cancelled`; what making a file throws
 */
export async function uploadFiles(
  repository: HubRepository,
  files: readonly SavedFile[],
  options: UploadOptions,
  onProgress: ProgressListener | undefined,
): Promise<PushedCommit> {
  checkFiles(files);
  const { id, endpoint, signal } = repository;
  const { revision = defaultRevision, createPr = false, parentCommit, commitDescription } = options;
  const count = `${files.length} ${files.length === 1 ? 'file' : 'files'}`;
  if (options.createRepo ?? true) await makeRepository(repository, options);
  const progress = new UploadProgress(id, files, onProgress);
  const { commit } = await import('@huggingface/hub');
  const uploading = uploadFetch(repository);
  const made = await callLibrary(repository, () =>
    commit({
      repo: id,
      hubUrl: endpoint,
      branch: revision,
      title: options.commitMessage ?? `Upload ${count}`,
      ...(commitDescription === undefined ? {} : { description: commitDescription }),
      ...(parentCommit === undefined ? {} : { parentCommit }),
      isPullRequest: createPr,
      operations: files.map((file) => ({
        operation: 'addOrUpdate',
        path: file.path,
        content: new SavedFileBlob(file, { signal, onRead: progress.hashed }),
      })),
      useXet: false,
      fetch: (address, init) => uploading(address, withBody(init, progress)),
    }),
  );
  progress.end();
  return checkCommit(made, endpoint, createPr);
}

function checkFiles(files: readonly SavedFile[]): void {
  const refuse = (problem: string): MokusError => new MokusError('input', problem, { field: 'files' });
  if (files.length === 0) throw refuse('there are no files to upload; give one at least');
  const paths = new Set<string>();
  for (const { path } of files) {
    checkRelativePath(path);
    if (paths.has(path)) throw refuse(`${path} is given twice; one path can hold one file`);
    paths.add(path);
  }
}

/** Makes the repository and the branch where there are none. */
async function makeRepository(repository: HubRepository, options: UploadOptions): Promise<void> {
  const { id, endpoint } = repository;
  const { revision = defaultRevision, createPr = false } = options;
  const { createRepo, createBranch } = await import('@huggingface/hub');
  const visibility =
    options.private === undefined ? {} : ({ visibility: options.private ? 'private' : 'public' } as const);
  await unlessThere(repository, () =>
    callLibrary(repository, () =>
      // A token of the form that the library insists on: the real one is put in by our fetch.
      createRepo({ repo: id, hubUrl: endpoint, accessToken: 'hf_', ...visibility, fetch: uploadFetch(repository) }),
    ),
  );
  if (revision === defaultRevision || createPr) return;
  await unlessThere(repository, () =>
    callLibrary(repository, () =>
      createBranch({ repo: id, hubUrl: endpoint, branch: revision, fetch: uploadFetch(repository) }),
    ),
  );
}

/** What is there already need not be made; nor need one who may write to a repository be allowed to make it. */
async function unlessThere(repository: HubRepository, make: () => Promise<unknown>): Promise<void> {
  try {
    await make();
  } catch (error) {
    if (!MokusError.isInstance(error) || !['conflict', 'access'].includes(error.code)) throw error;
    if (error.code === 'conflict') return;
    await resolveCommit(repository, defaultRevision).catch(() => {
      throw error;
    });
  }
}

/** Puts the listener for what is sent in the place of the one for what is hashed. */
function withBody(init: RequestInit | undefined, progress: UploadProgress): RequestInit | undefined {
  return init?.body instanceof SavedFileBlob ? { ...init, body: init.body.toldTo(progress.sent) } : init;
}

function checkCommit(
  made:
    | { readonly commit: { readonly oid: unknown; readonly url: unknown }; readonly pullRequestUrl?: unknown }
    | undefined,
  endpoint: string,
  createPr: boolean,
): PushedCommit {
  const { oid, url } = made?.commit ?? {};
  const pullRequestUrl = made?.pullRequestUrl;
  if (typeof oid !== 'string' || typeof url !== 'string' || (createPr && typeof pullRequestUrl !== 'string')) {
    throw protocolError(endpoint, 'names no commit for what was uploaded; look at the repository');
  }
  return { commit: oid, url, ...(typeof pullRequestUrl === 'string' ? { pullRequestUrl } : {}) };
}
