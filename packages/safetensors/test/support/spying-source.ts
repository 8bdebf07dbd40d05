import type { ByteSource } from '../../src/index.js';

/** A source over bytes that remembers whether anyone asked for bytes outside of it. */
export class SpyingSource implements ByteSource {
  readonly name = 'spied';
  readonly size: number;
  /** The first range asked for that does not lie inside the file. */
  outside: string | undefined;
  /** Bytes asked for, in all. */
  asked = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.size = bytes.byteLength;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const isWhole = Number.isSafeInteger(offset) && Number.isSafeInteger(length);
    if (!isWhole || offset < 0 || length < 0 || offset + length > this.size) {
      this.outside ??= `${length} bytes from ${offset} of ${this.size}`;
    }
    this.asked += length;
    return this.#bytes.subarray(offset, offset + length);
  }
}
