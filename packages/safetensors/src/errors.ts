/** What is wrong with a file or a call; stable, meant for programs. */
export type SafetensorsErrorCode =
  /** Fewer than the eight bytes that hold the header's length. */
  | 'file-too-small'
  /** The header claims more bytes than the limit allows. */
  | 'header-too-large'
  /** The header claims more bytes than the file has. */
  | 'header-truncated'
  /** The header does not begin with `{`. */
  | 'header-start'
  /** The header is not UTF-8. */
  | 'header-utf8'
  /** The header is not JSON, or nests or lists more than any header does. */
  | 'header-json'
  /** The same name stands twice in one object of the header. */
  | 'duplicate-name'
  /** `__metadata__` is not an object of strings. */
  | 'metadata'
  /** A tensor's entry lacks a field or has one of the wrong kind. */
  | 'tensor-info'
  /** The dtype is none of the format's. */
  | 'unknown-dtype'
  /** A shape with an entry that is not a non-negative integer. */
  | 'shape'
  /** More dimensions than the limit allows. */
  | 'rank'
  /** More tensors than the limit allows. */
  | 'too-many-tensors'
  /** Numbers beyond what can be represented exactly. */
  | 'overflow'
  /** A sub-byte tensor that does not end on a byte. */
  | 'misaligned'
  /** Offsets that are no two integers with begin <= end. */
  | 'offsets'
  /** Two tensors share bytes. */
  | 'overlap'
  /** Bytes between two tensors (or before the first) belong to none. */
  | 'hole'
  /** The offsets span another number of bytes than shape and dtype need. */
  | 'length-mismatch'
  /** The file ends before the last tensor does. */
  | 'data-truncated'
  /** Bytes follow the last tensor. */
  | 'trailing-data'
  /** No tensor of that name. */
  | 'tensor-not-found'
  /** A range outside of the tensor, or more bytes than one buffer can hold. */
  | 'range'
  /** The source answered with another number of bytes than was asked for. */
  | 'source'
  /** The dtype cannot be converted or viewed the way that was asked for. */
  | 'unsupported-dtype'
  /** What was given to be written cannot be: see the message. */
  | 'write';

/** Where an error happened, as far as it is known. */
export interface SafetensorsErrorPlace {
  /** The source's name: a file name or an address. */
  readonly file?: string | undefined;
  readonly tensor?: string | undefined;
  readonly cause?: unknown;
}

/** Registered, so that two copies of this package in one program share it. */
const MARKER = Symbol.for('mokus.safetensors.SafetensorsError');

/** The only error that reading or writing the format throws (a source's own errors pass through). */
export class SafetensorsError extends Error {
  readonly code: SafetensorsErrorCode;
  readonly file: string | undefined;
  readonly tensor: string | undefined;

  /**
   * @param problem what was found, without the place
   * @param mend what the reader of the message can do about it
   */
  constructor(code: SafetensorsErrorCode, problem: string, mend: string, place: SafetensorsErrorPlace = {}) {
    const where = [
      place.file === undefined ? [] : [quoteName(place.file)],
      place.tensor === undefined ? [] : [`tensor ${quoteName(place.tensor)}`],
    ].flat();
    const prefix = where.length === 0 ? '' : `${where.join(', ')}: `;
    super(`${prefix}${problem}. ${mend}.`, place.cause === undefined ? undefined : { cause: place.cause });
    this.name = 'SafetensorsError';
    this.code = code;
    this.file = place.file;
    this.tensor = place.tensor;
    Object.defineProperty(this, MARKER, { value: true });
  }

  /** Whether `value` is a SafetensorsError, also one of another copy of this package. */
  static isInstance(value: unknown): value is SafetensorsError {
    return typeof value === 'object' && value !== null && Reflect.get(value, MARKER) === true;
  }
}

/** What JSON leaves as it is and a terminal or a reader takes for something else: controls of 8 bits, turned directions. */
const MISLEADING = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * A name that comes from a file, for a message: quoted, cut to 200 characters, and with what a terminal takes for a command
 * or a reader for another order escaped.
 */
export function quoteName(name: string): string {
  const quoted = JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);
  return quoted.replace(MISLEADING, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
