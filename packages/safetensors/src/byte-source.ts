/**
 * Where bytes come from: a file, an HTTP range, a browser's storage, memory.
 *
 * The one contract that this package relies on: `read(offset, length)` resolves to exactly
 * `length` bytes. A source whose bytes changed or ended meanwhile may reject with its own error
 * or resolve short; a short answer is turned into a typed error by the reader.
 */
export interface ByteSource {
  /** Total number of bytes; fixed for the life of the source. */
  readonly size: number;
  /** What messages call this source: a file name or an address. */
  readonly name?: string;
  /** The real path (links followed) where the bytes are a local file, so that a backend can map it. */
  readonly filePath?: string;
  /**
   * Reads `length` bytes from `offset`.
   *
   * Callers ask only for ranges with `0 <= offset` and `offset + length <= size`. The result
   * belongs to the caller, who may write into it only if the source says so.
   */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** A source over bytes in memory. Reads are views, not copies: do not write into them. */
export function memorySource(bytes: Uint8Array, name?: string): ByteSource {
  return {
    size: bytes.byteLength,
    ...(name === undefined ? {} : { name }),
    read: async (offset, length) => bytes.subarray(offset, offset + length),
  };
}
