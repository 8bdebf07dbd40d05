import { type Dtype, dtypeBits, isDtype, tensorByteLength } from './dtype.js';
import { quoteName, SafetensorsError, type SafetensorsErrorCode } from './errors.js';
import { type HeaderJson, HeaderJsonError, parseHeaderJson } from './header-json.js';
import { type SafetensorsLimits, withDefaults } from './limits.js';

/** Bytes before the header: its length as an unsigned little-endian 64-bit integer. */
export const PREFIX_BYTES = 8;

/** One tensor of a file. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: Dtype;
  /** Row-major (C order); `[]` is a scalar. */
  readonly shape: readonly number[];
  /** First byte, counted from the start of the file. */
  readonly offset: number;
  /** Bytes: the product of the shape times the size of an element. */
  readonly length: number;
}

/** A header whose every entry was checked against the file's size. */
export interface ParsedHeader {
  /** The text under `__metadata__`; without a prototype, so any name is safe to look up. */
  readonly metadata: Readonly<Record<string, string>>;
  /** By name, in the order of the bytes in the file. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
}

/** What a header is checked against. */
export interface HeaderContext {
  /** Bytes of the whole file. */
  readonly fileSize: number;
  /** How messages call the file. */
  readonly file?: string | undefined;
  readonly limits?: Partial<SafetensorsLimits> | undefined;
}

/**
 * Reads the header's length from the first eight bytes of a file and checks it against the file's
 * size and the limit, before anything is allocated for it.
 *
 * @throws SafetensorsError file-too-small, header-too-large, header-truncated
 */
export function parseHeaderLength(prefix: Uint8Array, context: HeaderContext): number {
  const { fileSize, file } = context;
  const limits = withDefaults(context.limits);
  if (fileSize < PREFIX_BYTES || prefix.byteLength < PREFIX_BYTES) {
    const size = Math.min(fileSize, prefix.byteLength);
    throw new SafetensorsError('file-too-small', `${size} bytes are too few for a safetensors file`, REFETCH, { file });
  }
  const view = new DataView(prefix.buffer, prefix.byteOffset, PREFIX_BYTES);
  const length = view.getUint32(4, true) * 2 ** 32 + view.getUint32(0, true);
  if (length > limits.maxHeaderBytes) {
    throw new SafetensorsError(
      'header-too-large',
      `the header claims ${length} bytes, more than the limit of ${limits.maxHeaderBytes}`,
      'Is this a safetensors file? If so, raise limits.maxHeaderBytes',
      { file },
    );
  }
  if (length > fileSize - PREFIX_BYTES) {
    throw new SafetensorsError(
      'header-truncated',
      `the header claims ${length} bytes but only ${fileSize - PREFIX_BYTES} follow`,
      REFETCH,
      { file },
    );
  }
  return length;
}

/**
 * Reads and checks a header: the bytes after the eight of its length.
 *
 * Every rule of the reference implementation holds (no overlap, no hole, lengths equal to shape
 * times dtype, the last tensor ends with the file), and three more: the header begins with `{`,
 * no name stands twice, and `__metadata__`, where present, is an object of strings.
 *
 * @param header exactly as many bytes as `parseHeaderLength` said
 * @throws SafetensorsError
 */
export function parseHeader(header: Uint8Array, context: HeaderContext): ParsedHeader {
  const { file } = context;
  const limits = withDefaults(context.limits);
  const members = parseObject(header, limits, file);
  let metadata: Readonly<Record<string, string>> = emptyRecord();
  const relative: TensorEntry[] = [];
  for (const [name, value] of members) {
    if (name === '__metadata__') metadata = parseMetadata(value, file);
    else relative.push(parseTensor(name, value, limits, file));
  }
  if (relative.length > limits.maxTensors) throw tooMany(limits, file);
  const start = PREFIX_BYTES + header.byteLength;
  return { metadata, tensors: placeTensors(relative, start, context.fileSize, file) };
}

const REFETCH = 'The file is damaged or incomplete: fetch or write it again';
const REWRITE = 'The file was written wrongly: ask for it to be saved again';

function parseObject(
  header: Uint8Array,
  limits: SafetensorsLimits,
  file: string | undefined,
): ReadonlyMap<string, HeaderJson> {
  // Checked on the bytes: a byte order mark or white space before the brace is refused as well.
  if (header[0] !== 0x7b) {
    throw new SafetensorsError(
      'header-start',
      'the header does not begin with "{"',
      'This is no safetensors file, or a damaged one: check where it came from',
      { file },
    );
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(header);
  } catch (cause) {
    throw new SafetensorsError('header-utf8', 'the header is not UTF-8', REFETCH, { file, cause });
  }
  try {
    const value = parseHeaderJson(text, limits.maxTensors + 1);
    if (value instanceof Map) return value;
    throw new HeaderJsonError('syntax', 'not an object');
  } catch (cause) {
    if (!(cause instanceof HeaderJsonError)) throw cause;
    if (cause.kind === 'too-many-members') throw tooMany(limits, file);
    const code: SafetensorsErrorCode = cause.kind === 'duplicate' ? 'duplicate-name' : 'header-json';
    throw new SafetensorsError(code, `the header is wrong: ${cause.message}`, REWRITE, {
      file,
      tensor: cause.duplicate,
      cause,
    });
  }
}

function tooMany(limits: SafetensorsLimits, file: string | undefined): SafetensorsError {
  return new SafetensorsError(
    'too-many-tensors',
    `the header lists more than ${limits.maxTensors} entries`,
    'If the file is to be trusted, raise limits.maxTensors',
    { file },
  );
}

function emptyRecord(): Record<string, string> {
  return Object.create(null);
}

function parseMetadata(value: HeaderJson, file: string | undefined): Readonly<Record<string, string>> {
  if (!(value instanceof Map)) {
    throw new SafetensorsError('metadata', '"__metadata__" is not an object', REWRITE, { file });
  }
  const metadata = emptyRecord();
  for (const [name, text] of value) {
    if (typeof text !== 'string') {
      throw new SafetensorsError(
        'metadata',
        `"__metadata__" has an entry ${quoteName(name)} that is not a string`,
        REWRITE,
        { file },
      );
    }
    metadata[name] = text;
  }
  return Object.freeze(metadata);
}

/** Reads one entry; its `offset` is still relative to the start of the data. */
function parseTensor(
  name: string,
  value: HeaderJson,
  limits: SafetensorsLimits,
  file: string | undefined,
): TensorEntry {
  const refuse = (code: SafetensorsErrorCode, problem: string, mend = REWRITE): SafetensorsError =>
    new SafetensorsError(code, problem, mend, { file, tensor: name });
  if (!(value instanceof Map)) throw refuse('tensor-info', 'its entry is not an object');

  const dtype: HeaderJson | undefined = value.get('dtype');
  if (typeof dtype !== 'string') throw refuse('tensor-info', '"dtype" is not a string');
  if (!isDtype(dtype)) {
    const shown = quoteName(dtype.slice(0, 40));
    throw refuse('unknown-dtype', `dtype ${shown} is none of the format's`, 'Convert the tensor');
  }
  const shape = integers(value.get('shape'));
  if (shape === undefined) {
    throw refuse('shape', '"shape" is not a list of non-negative integers');
  }
  if (shape.length > limits.maxRank) {
    throw refuse('rank', `${shape.length} dimensions, more than the limit of ${limits.maxRank}`);
  }
  const offsets = integers(value.get('data_offsets'));
  const [begin, end] = offsets ?? [];
  if (begin === undefined || end === undefined || offsets?.length !== 2) {
    throw refuse('offsets', '"data_offsets" is not two non-negative integers');
  }
  if (begin > end) throw refuse('offsets', `it begins at ${begin}, after its end at ${end}`);

  const needed = tensorByteLength(dtype, shape);
  if ('problem' in needed) {
    throw needed.problem === 'overflow'
      ? refuse('overflow', `shape [${shape}] of ${dtype} has more bytes than can be counted`)
      : refuse('misaligned', `shape [${shape}] of ${dtype} (${dtypeBits(dtype)} bits) does not end on a byte`);
  }
  if (end - begin !== needed.bytes) {
    throw refuse(
      'length-mismatch',
      `shape [${shape}] of ${dtype} needs ${needed.bytes} bytes but the offsets span ${end - begin}`,
    );
  }
  return { name, dtype, shape, offset: begin, length: needed.bytes };
}

function integers(value: HeaderJson | undefined): readonly number[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const items: readonly HeaderJson[] = value;
  const numbers: number[] = [];
  for (const item of items) {
    // "-0" is an integer literal, and no size.
    if (typeof item !== 'number' || item < 0 || Object.is(item, -0)) return undefined;
    numbers.push(item);
  }
  return numbers;
}

/** Checks that the tensors tile the data without overlap or hole, and makes offsets absolute. */
function placeTensors(
  relative: TensorEntry[],
  start: number,
  fileSize: number,
  file: string | undefined,
): ReadonlyMap<string, TensorEntry> {
  relative.sort((a, b) => a.offset - b.offset || a.length - b.length);
  const tensors = new Map<string, TensorEntry>();
  let covered = 0;
  for (const entry of relative) {
    if (entry.offset !== covered) {
      const overlap = entry.offset < covered;
      throw new SafetensorsError(
        overlap ? 'overlap' : 'hole',
        overlap
          ? `it begins at byte ${entry.offset} of the data, inside the tensor that ends at ${covered}`
          : `it begins at byte ${entry.offset} of the data but the one before it ends at ${covered}`,
        REWRITE,
        { file, tensor: entry.name },
      );
    }
    covered += entry.length;
    if (start + covered > fileSize) {
      throw new SafetensorsError(
        'data-truncated',
        `it ends at byte ${start + covered} but the file has ${fileSize}`,
        REFETCH,
        { file, tensor: entry.name },
      );
    }
    tensors.set(entry.name, { ...entry, offset: start + entry.offset });
  }
  if (start + covered !== fileSize) {
    throw new SafetensorsError('trailing-data', `${fileSize - start - covered} bytes follow the last tensor`, REFETCH, {
      file,
    });
  }
  return tensors;
}
