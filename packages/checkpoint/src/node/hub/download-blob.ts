import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { MokusError } from '@mokus/core';
import { shownUrl } from '../../hub/http-address.js';
import { readRange } from '../../hub/http-range.js';
import type { HttpOptions } from '../../hub/http-request.js';
import { blobName, type RepositoryFile } from '../../hub/repository-file.js';
import { writing } from '../disk-error.js';
import { syncFolder } from '../sync-folder.js';
import { PartialBlob } from './partial-blob.js';

/**
 * Downloads a file to a path of the cache, whole and verified or not at all. What an earlier download of the same content
 * left is gone on with. Any number of processes may do so at once: each has a part of its own, and whoever is last puts
 * the same bytes there again.
 *
 * @param onBytes told how many more bytes are there, piece by piece; less than 0 where they turned out to be wrong
 * @throws MokusError `integrity` (length or hash differ), `disk`, `access`, `not-found`, `rate-limit`, `network`, `cancelled`
 */
export async function downloadBlob(
  url: string,
  path: string,
  file: RepositoryFile,
  options: HttpOptions,
  onBytes: (count: number) => void,
): Promise<void> {
  await writing(path, () => mkdir(dirname(path), { recursive: true }));
  const partial = await PartialBlob.open(path);
  try {
    if (partial.size > file.size) await partial.clear();
    const isResumed = partial.size > 0;
    let digest = await fill(partial, url, file, options, onBytes);
    if (digest !== blobName(file) && isResumed) {
      onBytes(-partial.size);
      await partial.clear();
      digest = await fill(partial, url, file, options, onBytes);
    }
    if (digest !== blobName(file)) throw wrongHash(url, file, digest);
    await partial.finish();
  } catch (error) {
    // A part that is wrong, or for which there is no room, is of no use; any other is.
    const isUseless = !MokusError.isInstance(error) || error.code === 'integrity' || error.code === 'disk';
    await (isUseless ? partial.discard() : partial.leave());
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Fetches what is missing; the hash of all of it, as the blob's name has it. */
async function fill(
  partial: PartialBlob,
  url: string,
  { size, sha256 }: RepositoryFile,
  options: HttpOptions,
  onBytes: (count: number) => void,
): Promise<string> {
  const hash = createHash(sha256 === undefined ? 'sha1' : 'sha256');
  // Git hashes a blob with its length in front.
  if (sha256 === undefined) hash.update(`blob ${size}\0`);
  await partial.hashInto(hash);
  onBytes(partial.size);
  for await (const chunk of readRange(url, { start: partial.size, end: size, size, allowWhole: true }, options)) {
    hash.update(chunk);
    await partial.append(chunk);
    onBytes(chunk.byteLength);
  }
  return hash.digest('hex');
}

function wrongHash(url: string, file: RepositoryFile, digest: string): MokusError {
  return new MokusError(
    'integrity',
    `${file.path} from ${shownUrl(url)} has the hash ${digest} instead of ${blobName(file)}; nothing was kept: ` +
      'call again, and if it stays so, the server or something on the way to it changes the file',
    { file: file.path, url: shownUrl(url) },
  );
}
