import { isText, MokusError, requireArgument } from '@mokus/core';
import { checkRelativePath } from '../relative-path.js';
import { checkAddress } from './http-address.js';
import type { HttpOptions } from './http-request.js';

/** A repository of a hub; id and endpoint have been checked. */
export interface HubRepository extends HttpOptions {
  readonly id: string;
  readonly endpoint: string;
}

export const defaultEndpoint = 'https://huggingface.co';
export const defaultRevision = 'main';

const namePart = /^\w(?:[\w.-]{0,94}\w)?$/;

/** Whether a text has the form of a hub id: `owner/name`, each of letters, digits, `-`, `_` and `.`. */
export function isRepositoryId(id: string): boolean {
  const parts = id.split('/');
  return parts.length === 2 && parts.every((part) => namePart.test(part)) && !/--|\.\.|\.git$/.test(id);
}

/** Throws MokusError `input` for what is no hub id; everything that becomes a path or an address goes through here. */
export function checkRepositoryId(id: string): string {
  requireArgument('id', id, isText(id), 'give "owner/name"');
  if (isRepositoryId(id)) return id;
  throw new MokusError(
    'input',
    `${JSON.stringify(id.slice(0, 200))} is no hub id; expected "owner/name" of letters, digits, "-", "_" and "."`,
    { field: 'id' },
  );
}

/**
 * Checks a branch, tag or commit by git's rules for names; it becomes a path below refs/.
 *
 * @throws MokusError `input`
 */
export function checkRevision(revision: string): string {
  const steps = revision.split('/');
  const isSafe =
    revision.length <= 256 &&
    /^[^\s\p{Cc}\p{Surrogate}~^:?*[\\]+$/u.test(revision) &&
    !/\.\.|@\{/.test(revision) &&
    steps.every((step) => step !== '' && !step.startsWith('.') && !/\.(?:lock)?$/.test(step));
  if (isSafe) return revision;
  throw new MokusError(
    'input',
    `${JSON.stringify(revision.slice(0, 200))} is no revision; give a branch, a tag or a commit`,
    { field: 'revision' },
  );
}

/** Whether a revision is a full commit hash, which never moves. */
export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision);
}

/**
 * Where a hub serves a file of a model repository.
 *
 * @param path relative to the repository, with `/`
 * @throws MokusError `input` (id, revision, endpoint), `checkpoint` (path)
 */
export function hubFileUrl(
  id: string,
  path: string,
  options: { readonly revision?: string; readonly endpoint?: string } = {},
): string {
  const { revision = defaultRevision, endpoint = defaultEndpoint } = options;
  const steps = checkRelativePath(path).split('/').map(encodeURIComponent);
  const base = checkAddress(endpoint).replace(/\/+$/, '');
  return `${base}/${checkRepositoryId(id)}/resolve/${encodeURIComponent(checkRevision(revision))}/${steps.join('/')}`;
}
