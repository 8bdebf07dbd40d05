import { randomBytes } from 'node:crypto';
import { copyFile, link, lstat, mkdir, readFile, readlink, rename, rm, stat, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { isCommit } from '../../hub/repository.js';
import { blobName, type RepositoryFile } from '../../hub/repository-file.js';
import { writing } from '../disk-error.js';
import { writeFileWhole } from '../write-file.js';

/**
 * A repository's folder in the cache that Python's huggingface_hub shares:
 * `blobs/HASH` holds contents, `snapshots/COMMIT/PATH` links to them, `refs/REVISION` names a commit, and
 * `trees/COMMIT.json` is the listing. Ids, revisions, commits, paths and hashes have been checked.
 */
export class RepositoryCache {
  readonly folder: string;

  constructor(cacheDir: string, id: string) {
    this.folder = join(cacheDir, `models--${id.replace('/', '--')}`);
  }

  blob(file: RepositoryFile): string {
    return join(this.folder, 'blobs', blobName(file));
  }

  snapshot(commit: string): string {
    return join(this.folder, 'snapshots', commit);
  }

  tree(commit: string): string {
    return join(this.folder, 'trees', `${commit}.json`);
  }

  /** The commit that a revision stood for when it was last downloaded. */
  async readRef(revision: string): Promise<string | undefined> {
    if (isCommit(revision)) return revision;
    const content = await readFile(join(this.folder, 'refs', revision), 'utf8').catch(() => '');
    return isCommit(content.trim()) ? content.trim() : undefined;
  }

  /** Throws MokusError `disk`. */
  async writeRef(revision: string, commit: string): Promise<void> {
    if (isCommit(revision) || (await this.readRef(revision)) === commit) return;
    await writeText(join(this.folder, 'refs', revision), commit);
  }

  /** Whether a file's content is there at its full length, as a blob or, where links are not to be had, in its place. */
  async hasContent(file: RepositoryFile, commit: string): Promise<boolean> {
    const place = join(this.snapshot(commit), file.path);
    return (await sizeOf(this.blob(file))) === file.size || (await this.isOwnFile(place, file.size));
  }

  /** Whether a snapshot has a file at its full length. */
  async hasFile(file: RepositoryFile, commit: string): Promise<boolean> {
    return (await sizeOf(join(this.snapshot(commit), file.path))) === file.size;
  }

  /**
   * Puts a file into a snapshot: a relative link to its blob. Where links are not allowed (Windows, unless it is told
   * otherwise) a hard link or a copy. What was there before is replaced at once.
   *
   * @throws MokusError `disk`
   */
  async link(file: RepositoryFile, commit: string): Promise<void> {
    const place = join(this.snapshot(commit), file.path);
    const blob = this.blob(file);
    const target = relative(dirname(place), blob);
    if ((await readlink(place).catch(() => undefined)) === target || (await this.isOwnFile(place, file.size))) return;
    await writing(place, async () => {
      await mkdir(dirname(place), { recursive: true });
      const temporary = join(dirname(place), `.${randomBytes(6).toString('hex')}.tmp`);
      try {
        await symlink(target, temporary, 'file')
          .catch(() => link(blob, temporary))
          .catch(() => copyFile(blob, temporary));
        await rename(temporary, place);
      } finally {
        await rm(temporary, { force: true });
      }
    });
  }

  /** Whether a file itself, and no link, lies there at this length. */
  private async isOwnFile(path: string, size: number): Promise<boolean> {
    const stats = await lstat(path).catch(() => undefined);
    return stats?.isFile() === true && stats.size === size;
  }
}

/** Writes a small file, whole or not at all, with the folders that it needs. Throws MokusError `disk`. */
export async function writeText(path: string, text: string): Promise<void> {
  await writing(path, () => mkdir(dirname(path), { recursive: true }));
  await writeFileWhole(path, [new TextEncoder().encode(text)]);
}

async function sizeOf(path: string): Promise<number | undefined> {
  const stats = await stat(path).catch(() => undefined);
  return stats?.isFile() ? stats.size : undefined;
}
