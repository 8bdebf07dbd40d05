import { throwIfCancelled } from '@mokus/core';
import type { SavedFile } from '../save/saved-file.js';

/** Told which bytes of a file have been read in one reading of it or of a part. */
export type ReadListener = (file: SavedFile, from: number, upTo: number) => void;

/**
 * A file, or part of it, as the Blob that @huggingface/hub uploads. It holds no bytes: each time it is read they are made,
 * so a hash takes one reading and an upload another.
 */
export class SavedFileBlob extends Blob {
  readonly #file: SavedFile;
  readonly #start: number;
  readonly #end: number;
  readonly #onRead: ReadListener;
  readonly #signal: AbortSignal | undefined;

  constructor(
    file: SavedFile,
    { signal, onRead }: { readonly signal: AbortSignal | undefined; readonly onRead: ReadListener },
    range: readonly [start: number, end: number] = [0, file.size],
  ) {
    super();
    this.#file = file;
    [this.#start, this.#end] = range;
    this.#onRead = onRead;
    this.#signal = signal;
  }

  override get size(): number {
    return this.#end - this.#start;
  }

  /** The same bytes, told to another listener when they are read. */
  toldTo(onRead: ReadListener): SavedFileBlob {
    return new SavedFileBlob(this.#file, { signal: this.#signal, onRead }, [this.#start, this.#end]);
  }

  /** As of any Blob: negative positions count from the end. */
  override slice(start = 0, end: number = this.size): SavedFileBlob {
    const inside = (position: number): number =>
      Math.min(Math.max(position < 0 ? position + this.size : position, 0), this.size);
    const [from, to] = [inside(start), inside(end)];
    const range = [this.#start + from, this.#start + Math.max(from, to)] as const;
    return new SavedFileBlob(this.#file, { signal: this.#signal, onRead: this.#onRead }, range);
  }

  override stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    const chunks = this.#chunks();
    return new ReadableStream({
      pull: async (controller) => {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: async () => {
        await chunks.return(undefined);
      },
    });
  }

  override async arrayBuffer(): Promise<ArrayBuffer> {
    return (await this.bytes()).buffer;
  }

  override async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(this.size);
    let done = 0;
    for await (const chunk of this.#chunks()) {
      bytes.set(chunk, done);
      done += chunk.byteLength;
    }
    return bytes;
  }

  override async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes());
  }

  async *#chunks(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const file = this.#file;
    let position = this.#start;
    const part = file.range?.(this.#start, this.size);
    let skip = part === undefined ? this.#start : 0;
    for await (const chunk of part ?? file.chunks()) {
      throwIfCancelled(this.#signal, `uploading ${file.path}`);
      const skipped = Math.min(skip, chunk.byteLength);
      skip -= skipped;
      const wanted = chunk.subarray(skipped, skipped + this.#end - position);
      if (wanted.byteLength === 0) continue;
      // A copy where the bytes lie in shared memory, which no stream takes.
      yield wanted.buffer instanceof ArrayBuffer ? (wanted as Uint8Array<ArrayBuffer>) : new Uint8Array(wanted);
      position += wanted.byteLength;
      this.#onRead(file, this.#start, position);
      if (position >= this.#end) return;
    }
  }
}
