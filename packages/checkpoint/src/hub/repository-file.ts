import { describeJson, type Json, MokusError } from '@mokus/core';
import { quoteName } from '@mokus/safetensors';
import { checkRelativePath } from '../relative-path.js';

/** A file of a repository, as a listing describes it. */
export interface RepositoryFile {
  /** Relative to the repository, with `/`. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Git's SHA-1 of the blob (of its pointer, for a large file), in hex. */
  readonly blobId: string;
  /** SHA-256 of the content, in hex; large files have it. */
  readonly sha256?: string;
  /** What another storage of the hub calls the file; kept for Python, which reads it. */
  readonly xetHash?: string;
}

/** The name of the file in a cache: its content's hash. */
export function blobName(file: RepositoryFile): string {
  return file.sha256 ?? file.blobId;
}

/**
 * Checks an entry of a listing, which comes from the internet or a cache that others write, and becomes names on a disk.
 *
 * @param from who lists it, for messages
 * @throws MokusError `integrity`
 */
export function checkRepositoryFile(
  entry: { readonly [Field in keyof RepositoryFile]?: unknown } & { readonly lfsSize?: unknown },
  from: string,
): RepositoryFile {
  const { path, size, blobId, sha256, lfsSize = size, xetHash } = entry;
  const refuse = (field: string, value: unknown, cause?: unknown): MokusError => {
    const file = typeof path === 'string' ? `of ${quoteName(path)} ` : '';
    return new MokusError(
      'integrity',
      `${from}: the ${field} ${file}is ${describeJson(value as Json | undefined)}, which no hub would send; nothing was written: check the endpoint`,
      cause === undefined ? { field } : { field, cause },
    );
  };
  if (typeof path !== 'string') throw refuse('path', path);
  try {
    // Git allows a colon, and systems that do not see it only if this very file is wanted.
    checkRelativePath(path.replaceAll(':', '_'));
  } catch (cause) {
    throw refuse('path', path, cause);
  }
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) throw refuse('size', size);
  if (lfsSize !== size) throw refuse('second size', lfsSize);
  if (!isHex(blobId, 40)) throw refuse('oid', blobId);
  if (sha256 !== undefined && !isHex(sha256, 64)) throw refuse('SHA-256', sha256);
  return {
    path,
    size,
    blobId,
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(isHex(xetHash, 64) ? { xetHash } : {}),
  };
}

function isHex(value: unknown, digits: number): value is string {
  return typeof value === 'string' && value.length === digits && /^[0-9a-f]+$/.test(value);
}
