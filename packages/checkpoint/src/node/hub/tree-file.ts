import { readFile } from 'node:fs/promises';
import { MokusError } from '@mokus/core';
import { checkRepositoryFile, type RepositoryFile } from '../../hub/repository-file.js';
import { writeText } from './cache-layout.js';

/**
 * The listing of a commit, as Python's huggingface_hub keeps it: by path `{ size, blob_id, lfs_sha256?, lfs_size?,
 * xet_hash? }`. A commit never changes, so neither does the file; it tells later which files a snapshot lacks.
 *
 * @returns undefined when there is none that can be used: it is only a copy of what the hub says
 */
export async function readTree(path: string): Promise<readonly RepositoryFile[] | undefined> {
  try {
    const tree: unknown = JSON.parse(await readFile(path, 'utf8'));
    const files = fieldsOf(fieldsOf(tree).files);
    if (fieldsOf(tree).format_version !== 1) return undefined;
    return Object.entries(files).map(([file, value]) => {
      const { size, blob_id: blobId, lfs_sha256, lfs_size, xet_hash: xetHash } = fieldsOf(value);
      const large = typeof lfs_sha256 === 'string' ? { sha256: lfs_sha256, lfsSize: lfs_size } : {};
      return checkRepositoryFile({ path: file, size, blobId, xetHash, ...large }, path);
    });
  } catch (error) {
    const isUnusable = error instanceof SyntaxError || MokusError.isInstance(error) || 'code' in Object(error);
    if (isUnusable) return undefined;
    throw error;
  }
}

/** Throws MokusError `disk`. */
export async function writeTree(path: string, files: readonly RepositoryFile[]): Promise<void> {
  const entries = [...files]
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map(({ path: file, size, blobId, sha256, xetHash }) => [
      file,
      {
        size,
        blob_id: blobId,
        ...(sha256 === undefined ? {} : { lfs_sha256: sha256, lfs_size: size }),
        ...(xetHash === undefined ? {} : { xet_hash: xetHash }),
      },
    ]);
  await writeText(path, JSON.stringify({ format_version: 1, files: Object.fromEntries(entries) }, null, 1));
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
