import { type Dtype, dtypeRank, isDtype, tensorByteLength } from './dtype.js';
import { quoteName, SafetensorsError } from './errors.js';
import { PREFIX_BYTES } from './header.js';
import { DEFAULT_LIMITS } from './limits.js';

/** A tensor to be written. */
export interface TensorToWrite {
  readonly name: string;
  readonly dtype: Dtype;
  /** Row-major (C order); `[]` is a scalar. */
  readonly shape: readonly number[];
  /**
   * Its bytes, little-endian: at once, or as a function called when their turn comes, so that a
   * file larger than memory can be streamed.
   */
  readonly data: Uint8Array | (() => AsyncIterable<Uint8Array> | Promise<Uint8Array>);
}

/** What can be said about a file to be written. */
export interface WriteOptions {
  /** Free text, stored under `__metadata__`. Names are sorted, so equal input gives equal bytes. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** A file about to be written: its size is known before its first tensor is read. */
export interface SafetensorsStream {
  /** Bytes of the whole file. */
  readonly size: number;
  /**
   * The file, piece by piece, in order.
   *
   * @throws SafetensorsError write, when a tensor's data has another length than its shape says
   */
  chunks(): AsyncGenerator<Uint8Array, void, undefined>;
}

/**
 * Prepares a file for writing. Tensors are laid out as the reference implementation does
 * (descending alignment of the dtype, then name), and the header is padded with spaces so that
 * the data starts at a multiple of eight bytes.
 *
 * @throws SafetensorsError write: a name that stands twice, is reserved or no valid text; a wrong
 *   shape or dtype; data of the wrong length; a header beyond the format's limit
 */
export function streamSafetensors(tensors: Iterable<TensorToWrite>, options: WriteOptions = {}): SafetensorsStream {
  const ordered = [...tensors].sort(
    (a, b) => dtypeRank(b.dtype) - dtypeRank(a.dtype) || compareCodePoints(a.name, b.name),
  );
  const seen = new Set<string>();
  const members = metadataMember(options.metadata);
  let dataBytes = 0;
  for (const tensor of ordered) {
    const length = checkTensor(tensor, seen);
    const info = {
      dtype: tensor.dtype,
      shape: tensor.shape,
      data_offsets: [dataBytes, dataBytes + length],
    };
    members.push(`${JSON.stringify(tensor.name)}:${JSON.stringify(info)}`);
    dataBytes += length;
  }
  const header = encodeHeader(members);
  const size = header.byteLength + dataBytes;
  if (!Number.isSafeInteger(size)) {
    throw refuse('the tensors together have more bytes than can be counted', 'Write several files');
  }
  return { size, chunks: () => produce(header, ordered) };
}

/**
 * Writes a file into memory.
 *
 * @throws SafetensorsError write, as `streamSafetensors`
 */
export async function writeSafetensors(
  tensors: Iterable<TensorToWrite>,
  options: WriteOptions = {},
): Promise<Uint8Array> {
  const stream = streamSafetensors(tensors, options);
  const bytes = new Uint8Array(stream.size);
  let at = 0;
  for await (const chunk of stream.chunks()) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}

const LONE_SURROGATE = /\p{Cs}/u;

function refuse(problem: string, mend: string, tensor?: string): SafetensorsError {
  return new SafetensorsError('write', problem, mend, { tensor });
}

/** Checks a tensor and returns its bytes' count. */
function checkTensor(tensor: TensorToWrite, seen: Set<string>): number {
  const { name, dtype, shape, data } = tensor;
  if (name === '__metadata__') {
    throw refuse('"__metadata__" is reserved for text', 'Rename the tensor', name);
  }
  if (LONE_SURROGATE.test(name)) {
    throw refuse('the name has half of a surrogate pair', 'Rename the tensor', name);
  }
  if (seen.has(name)) throw refuse('the name stands twice', 'Rename one of the two', name);
  seen.add(name);
  if (!isDtype(dtype)) {
    throw refuse(`dtype ${quoteName(String(dtype))} is none of the format's`, 'Convert it', name);
  }
  const wrongSize = shape.find((size) => !Number.isSafeInteger(size) || size < 0);
  if (wrongSize !== undefined || shape.length > DEFAULT_LIMITS.maxRank) {
    throw refuse(
      `shape [${shape.slice(0, DEFAULT_LIMITS.maxRank + 1)}] is not at most ${DEFAULT_LIMITS.maxRank} non-negative integers`,
      'Mend the shape',
      name,
    );
  }
  const length = tensorByteLength(dtype, shape);
  if ('problem' in length) {
    throw refuse(
      length.problem === 'overflow'
        ? `shape [${shape}] of ${dtype} has more bytes than can be counted`
        : `shape [${shape}] of ${dtype} does not end on a byte`,
      'Mend the shape',
      name,
    );
  }
  if (typeof data !== 'function') checkLength(tensor, data.byteLength, length.bytes);
  return length.bytes;
}

function checkLength(tensor: TensorToWrite, given: number, needed: number): void {
  if (given === needed) return;
  throw refuse(
    `shape [${tensor.shape}] of ${tensor.dtype} needs ${needed} bytes and its data has ${given}`,
    'Give as many bytes as shape and dtype say',
    tensor.name,
  );
}

function metadataMember(metadata: Readonly<Record<string, string>> | undefined): string[] {
  if (metadata === undefined) return [];
  const entries = Object.entries(metadata).sort(([a], [b]) => compareCodePoints(a, b));
  for (const [name, text] of entries) {
    if (typeof text !== 'string' || LONE_SURROGATE.test(text) || LONE_SURROGATE.test(name)) {
      throw refuse(`metadata ${quoteName(name)} is not valid text`, 'Metadata holds strings only');
    }
  }
  // Joined by hand: an object literal would lose an entry called "__proto__" and move "1" first.
  const text = entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  return [`"__metadata__":{${text.join(',')}}`];
}

/** The eight bytes of the length and the header, padded with spaces. */
function encodeHeader(members: readonly string[]): Uint8Array {
  const json = new TextEncoder().encode(`{${members.join(',')}}`);
  const padded = Math.ceil(json.byteLength / 8) * 8;
  if (padded > DEFAULT_LIMITS.maxHeaderBytes) {
    throw refuse(
      `the header would have ${padded} bytes, more than the format's ${DEFAULT_LIMITS.maxHeaderBytes}`,
      'Write fewer tensors a file, or less metadata',
    );
  }
  const header = new Uint8Array(PREFIX_BYTES + padded).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(padded), true);
  header.set(json, PREFIX_BYTES);
  return header;
}

async function* produce(
  header: Uint8Array,
  tensors: readonly TensorToWrite[],
): AsyncGenerator<Uint8Array, void, undefined> {
  yield header;
  for (const tensor of tensors) {
    const length = tensorByteLength(tensor.dtype, tensor.shape);
    const needed = 'bytes' in length ? length.bytes : 0;
    let given = 0;
    for await (const chunk of pieces(tensor.data)) {
      given += chunk.byteLength;
      // Checked before the piece goes out: a file never grows past what its header says.
      if (given > needed) checkLength(tensor, given, needed);
      if (chunk.byteLength > 0) yield chunk;
    }
    checkLength(tensor, given, needed);
  }
}

async function* pieces(data: TensorToWrite['data']): AsyncGenerator<Uint8Array, void, undefined> {
  const given = typeof data === 'function' ? data() : data;
  if (given instanceof Uint8Array) yield given;
  else if (Symbol.asyncIterator in given) yield* given;
  else yield await given;
}

/** Order of the names' UTF-8 bytes, which is how the reference sorts; JavaScript's is by UTF-16. */
function compareCodePoints(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let index = 0; index < shorter; index += 1) {
    if (a.charCodeAt(index) !== b.charCodeAt(index)) {
      // Step back to the start of a surrogate pair whose second half is the first to differ.
      const isLow = index > 0 && (a.charCodeAt(index) & 0xfc00) === 0xdc00;
      const at = isLow ? index - 1 : index;
      return (a.codePointAt(at) ?? 0) - (b.codePointAt(at) ?? 0);
    }
  }
  return a.length - b.length;
}
