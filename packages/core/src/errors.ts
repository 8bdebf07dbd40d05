const marker: symbol = Symbol.for('mokus.error');

/** What kind of thing went wrong; stable, for code that reacts to it. */
export type MokusErrorCode =
  | 'checkpoint' // a file or folder that is missing, truncated or not what its index says
  | 'config' // a configuration value that is missing, of the wrong type or not honoured
  | 'weight' // a tensor that is missing or of the wrong shape or dtype
  | 'unsupported' // an architecture, dtype or feature that this part does not have
  | 'input' // an argument out of its range
  | 'prompt' // a prompt, question or answer that cannot be encoded
  | 'site' // a site that does not exist or cannot be edited
  | 'edit' // an edit that does not fit, is not finite or would do nothing
  | 'adapter' // an adapter (LoRA) that is unknown, of a form that is not read, or does not fit
  | 'base-model' // an edit made on another base model
  | 'backend' // a device or runtime that refused
  | 'device-lost' // a GPU that went away in mid-run; the next call loads again on another
  | 'disposed' // use after dispose
  | 'access' // a server wants a token, or refuses the one it got
  | 'not-found' // a repository, revision or file that the server does not have
  | 'conflict' // what changed on a server meanwhile, or is changed there by somebody else
  | 'rate-limit' // a server that asks to wait longer than is waited here
  | 'network' // a connection that failed or was cut, or an answer that makes no sense
  | 'integrity' // downloaded bytes that are not what their length or hash says
  | 'offline' // what is not in the local cache while the network may not be used
  | 'disk' // a disk that is full, or a place that cannot be written
  | 'cancelled'; // an AbortSignal fired

/** Where the error belongs; every field that is known is set, and stands in the message too. */
export interface MokusErrorDetails {
  readonly file?: string;
  readonly tensor?: string;
  readonly field?: string;
  readonly site?: string;
  readonly backend?: string;
  readonly operation?: string;
  /** Without query and credentials. */
  readonly url?: string;
  /** HTTP status of the answer. */
  readonly status?: number;
  /** How long a server asks to wait, in seconds. */
  readonly retryAfter?: number;
  /** Position of the request in the call. */
  readonly request?: number;
  readonly cause?: unknown;
}

/** Thrown by every part of Mokus for bad input and failed runs. The message says what was wrong and how to mend it. */
export class MokusError extends Error {
  override readonly name = 'MokusError';
  readonly code: MokusErrorCode;
  readonly details: MokusErrorDetails;

  constructor(code: MokusErrorCode, message: string, details: MokusErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.details = details;
    Object.defineProperty(this, marker, { value: true });
  }

  /** Like `instanceof`, and also true for an error of another copy of this package. */
  static isInstance(error: unknown): error is MokusError {
    return typeof error === 'object' && error !== null && marker in error;
  }
}

/** Throws MokusError `cancelled` when the signal has fired. */
export function throwIfCancelled(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted) throw new MokusError('cancelled', `${what} was cancelled`, { cause: signal.reason });
}
