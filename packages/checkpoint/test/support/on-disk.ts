/** What lies on the disk after a save. */
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** A hash of all that lies at a place, names within it included. */
export async function contentOf(place: string): Promise<string> {
  const hash = createHash('sha256');
  const files = (await stat(place)).isFile()
    ? [place]
    : (await readdir(place, { recursive: true, withFileTypes: true }))
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name));
  for (const file of files.sort()) hash.update(relative(place, file)).update(await readFile(file));
  return hash.digest('hex');
}

/** Hidden files and folders: what is on its way, or was put aside. */
export async function straysIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.startsWith('.'));
}
