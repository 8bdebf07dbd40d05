import type { ProgressListener } from '@mokus/core';
import type { SavedFile } from '../save/saved-file.js';
import type { ReadListener } from './saved-file-blob.js';

/** Bytes of all files between two events. */
const progressStep = 2 ** 20;

/** How far the files of an upload are. A file that is read again, or sent again, counts once. */
export class UploadProgress {
  readonly #repository: string;
  readonly #onProgress: ProgressListener | undefined;
  readonly #total: number;
  readonly #last: string;
  readonly #steps = { hash: new Map<string, number>(), send: new Map<string, number>() };
  readonly #reported = { hash: 0, send: 0 };

  constructor(repository: string, files: readonly SavedFile[], onProgress: ProgressListener | undefined) {
    this.#repository = repository;
    this.#onProgress = onProgress;
    this.#total = files.reduce((sum, { size }) => sum + size, 0);
    this.#last = files.at(-1)?.path ?? '';
  }

  readonly hashed: ReadListener = (...read) => this.#forward('hash', ...read);
  readonly sent: ReadListener = (...read) => this.#forward('send', ...read);

  /** Everything is there, also what the hub had before. */
  end(): void {
    this.#report('send', this.#last, this.#total);
  }

  #forward(step: 'hash' | 'send', { path, size }: SavedFile, from: number, upTo: number): void {
    const parts = this.#steps[step];
    const part = `${from} ${path}`;
    if (upTo - from <= (parts.get(part) ?? 0)) return;
    parts.set(part, upTo - from);
    const done = [...parts.values()].reduce((sum, bytes) => sum + bytes, 0);
    if (upTo === size || done - this.#reported[step] >= progressStep) this.#report(step, path, done);
  }

  #report(step: 'hash' | 'send', file: string, done: number): void {
    this.#reported[step] = done;
    this.#onProgress?.({ kind: 'upload', repository: this.#repository, file, step, done, total: this.#total });
  }
}
