import type { Hash } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { writing } from '../disk-error.js';
import { claim, findAbandoned, type TemporaryKind, temporaryName } from '../temporary-name.js';
import { writeAll } from '../write-file.js';

/** Bytes read at a time of what was downloaded before. */
const pieceBytes = 2 ** 20;

/** As Python names them (8 hex digits in the writer's place), so that its tools list and remove ours too. */
function partsOf(blob: string): TemporaryKind {
  return { before: `${basename(blob)}.`, after: '.incomplete', foreignWriter: /^[0-9a-f]{8}$/ };
}

/**
 * The beginning of a blob, `HASH.HOST-PID-RANDOM.incomplete`, in the hands of one download: the name says of which content
 * it is, so what a killed or cut download left is gone on with, and any number of processes have one each.
 */
export class PartialBlob {
  readonly #blob: string;
  readonly #path: string;
  readonly #handle: FileHandle;
  /** Bytes that are there. */
  size = 0;

  private constructor(blob: string, path: string, handle: FileHandle) {
    this.#blob = blob;
    this.#path = path;
    this.#handle = handle;
  }

  /** Takes over the longest that nobody writes any more, and removes the others; else a new one. Throws MokusError `disk`. */
  static async open(blob: string): Promise<PartialBlob> {
    const folder = dirname(blob);
    const own = join(folder, temporaryName(partsOf(blob)));
    const left = [...(await findAbandoned(folder, partsOf(blob)))].sort((a, b) => b.size - a.size);
    let isTaken = false;
    for (const { path } of left) {
      if (isTaken) await rm(path, { force: true }).catch(() => undefined);
      else isTaken = await claim(path, own).catch(() => false);
    }
    // wx: never through a file or link that someone put there.
    const handle = await writing(blob, () => open(own, isTaken ? 'r+' : 'wx'));
    const partial = new PartialBlob(blob, own, handle);
    partial.size = isTaken ? (await handle.stat()).size : 0;
    return partial;
  }

  /** Puts the bytes that are there into a hash. */
  async hashInto(hash: Hash): Promise<void> {
    const piece = new Uint8Array(pieceBytes);
    for (let done = 0; done < this.size; ) {
      const wanted = Math.min(pieceBytes, this.size - done);
      const { bytesRead } = await writing(this.#path, () => this.#handle.read(piece, 0, wanted, done));
      // Cut by somebody: the hash will say so.
      if (bytesRead === 0) return;
      hash.update(piece.subarray(0, bytesRead));
      done += bytesRead;
    }
  }

  /** Throws MokusError `disk`. */
  async append(bytes: Uint8Array): Promise<void> {
    await writing(this.#blob, () => writeAll(this.#handle, bytes, this.size));
    this.size += bytes.byteLength;
  }

  /** Throws MokusError `disk`. */
  async clear(): Promise<void> {
    await writing(this.#blob, () => this.#handle.truncate(0));
    this.size = 0;
  }

  /** Makes it the blob. Throws MokusError `disk`. */
  async finish(): Promise<void> {
    await writing(this.#blob, () => this.#handle.sync());
    await this.#handle.close();
    await writing(this.#blob, () => rename(this.#path, this.#blob));
  }

  /** Leaves it to the next download of this content. */
  async leave(): Promise<void> {
    if (this.size === 0) return this.discard();
    await this.#handle.close().catch(() => undefined);
    const nobodys = join(dirname(this.#blob), temporaryName(partsOf(this.#blob), 0));
    await rename(this.#path, nobodys).catch(() => undefined);
  }

  async discard(): Promise<void> {
    await this.#handle.close().catch(() => undefined);
    await rm(this.#path, { force: true }).catch(() => undefined);
  }
}
