import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** An absolute path, from one that may be relative to the working directory, or a file URL. */
export function localPath(path: string | URL): string {
  return resolve(path instanceof URL ? fileURLToPath(path) : path);
}
