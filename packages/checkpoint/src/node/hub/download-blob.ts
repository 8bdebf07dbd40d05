import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { MokusError } from '@mokus/core';
import { shownUrl } from '../../hub/http-address.js';
import { readRange } from '../../hub/http-range.js';
import type { HttpOptions } from '../../hub/http-request.js';
import { blobName, type RepositoryFile } from '../../hub/repository-file.js';
import { writing } from '../disk-error.js';
import { removeAbandoned, writeFileWhole } from '../write-file.js';

/**
 * Downloads a file to a path of the cache, whole and verified or not at all. Any number of processes may do so at once:
 * each writes under a name of its own, and whoever is last puts the same bytes there again.
 *
 * @param onBytes told how many bytes were written, piece by piece
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
  await removeAbandoned(path);
  await writeFileWhole(path, verified(url, file, options, onBytes), options);
}

/** The bytes of a file; at their end, and before anyone takes them for it, their hash is compared. */
async function* verified(
  url: string,
  file: RepositoryFile,
  options: HttpOptions,
  onBytes: (count: number) => void,
): AsyncGenerator<Uint8Array> {
  const { size, sha256 } = file;
  const hash = createHash(sha256 === undefined ? 'sha1' : 'sha256');
  // Git hashes a blob with its length in front.
  if (sha256 === undefined) hash.update(`blob ${size}\0`);
  for await (const chunk of readRange(url, { start: 0, end: size, size, allowWhole: true }, options)) {
    hash.update(chunk);
    yield chunk;
    onBytes(chunk.byteLength);
  }
  const digest = hash.digest('hex');
  if (digest === blobName(file)) return;
  throw new MokusError(
    'integrity',
    `${file.path} from ${shownUrl(url)} has the hash ${digest} instead of ${blobName(file)}; nothing was kept: ` +
      'call again, and if it stays so, the server or something on the way to it changes the file',
    { file: file.path, url: shownUrl(url) },
  );
}
