import type { ByteSource } from './byte-source.js';
import { SafetensorsError } from './errors.js';
import { PREFIX_BYTES, parseHeader, parseHeaderLength, type TensorEntry } from './header.js';
import { type SafetensorsLimits, withDefaults } from './limits.js';

/** An opened file: the header is read and checked, tensor bytes are read when asked for. */
export interface SafetensorsFile {
  /** Where bytes come from. */
  readonly source: ByteSource;
  /** The text under `__metadata__`, an empty record without it. Has no prototype. */
  readonly metadata: Readonly<Record<string, string>>;
  /** By name, in the order of the bytes in the file. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  /**
   * The entry of a tensor.
   *
   * @throws SafetensorsError tensor-not-found
   */
  entry(name: string): TensorEntry;
  /**
   * Reads a tensor's bytes: row-major, little-endian, `entry(name).length` of them.
   *
   * @throws SafetensorsError tensor-not-found, range (longer than `limits.maxReadBytes`), source
   */
  read(name: string): Promise<Uint8Array>;
  /**
   * Reads `length` bytes of a tensor from `offset` bytes into it.
   *
   * @throws SafetensorsError tensor-not-found, range, source
   */
  readRange(name: string, offset: number, length: number): Promise<Uint8Array>;
}

/**
 * Opens a safetensors file: reads eight bytes and the header, nothing else.
 *
 * @throws SafetensorsError for every way a file can be wrong; errors of the source itself
 *   (no such file, no network) pass through
 */
export async function openSafetensors(
  source: ByteSource,
  limits?: Partial<SafetensorsLimits>,
): Promise<SafetensorsFile> {
  const file = source.name;
  const fileSize = source.size;
  if (!Number.isSafeInteger(fileSize) || fileSize < 0) {
    throw new SafetensorsError(
      'source',
      `the source claims a size of ${fileSize} bytes`,
      'A ByteSource knows its size: mend the source',
      { file },
    );
  }
  const context = { fileSize, file, limits };
  const prefix = await readExactly(source, 0, Math.min(PREFIX_BYTES, fileSize));
  const headerLength = parseHeaderLength(prefix, context);
  const header = await readExactly(source, PREFIX_BYTES, headerLength);
  const { metadata, tensors } = parseHeader(header, context);
  return new OpenedFile(source, metadata, tensors, withDefaults(limits));
}

class OpenedFile implements SafetensorsFile {
  readonly source: ByteSource;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  private readonly limits: SafetensorsLimits;

  constructor(
    source: ByteSource,
    metadata: Readonly<Record<string, string>>,
    tensors: ReadonlyMap<string, TensorEntry>,
    limits: SafetensorsLimits,
  ) {
    this.source = source;
    this.metadata = metadata;
    this.tensors = tensors;
    this.limits = limits;
  }

  entry(name: string): TensorEntry {
    const entry = this.tensors.get(name);
    if (entry !== undefined) return entry;
    throw new SafetensorsError(
      'tensor-not-found',
      `the file has no such tensor among its ${this.tensors.size}`,
      'Check the name against the keys of file.tensors',
      { file: this.source.name, tensor: name },
    );
  }

  async read(name: string): Promise<Uint8Array> {
    return this.readRange(name, 0, this.entry(name).length);
  }

  async readRange(name: string, offset: number, length: number): Promise<Uint8Array> {
    const entry = this.entry(name);
    const place = { file: this.source.name, tensor: name };
    const whole = Number.isSafeInteger(offset) && Number.isSafeInteger(length);
    if (!whole || offset < 0 || length < 0 || offset + length > entry.length) {
      throw new SafetensorsError(
        'range',
        `${length} bytes from byte ${offset} lie outside of its ${entry.length} bytes`,
        'Ask for a range inside the tensor',
        place,
      );
    }
    if (length > this.limits.maxReadBytes) {
      throw new SafetensorsError(
        'range',
        `${length} bytes are more than one read may have (${this.limits.maxReadBytes})`,
        'Read the tensor in pieces with readRange',
        place,
      );
    }
    return readExactly(this.source, entry.offset + offset, length, name);
  }
}

/** Reads a range and refuses a source that answers with another number of bytes. */
async function readExactly(source: ByteSource, offset: number, length: number, tensor?: string): Promise<Uint8Array> {
  if (length === 0) return new Uint8Array(0);
  const bytes = await source.read(offset, length);
  if (bytes.byteLength !== length) {
    throw new SafetensorsError(
      'source',
      `${length} bytes were asked for at byte ${offset} and ${bytes.byteLength} came`,
      'The file changed while it was read, or its source is faulty: open it again',
      { file: source.name, tensor },
    );
  }
  return bytes;
}
