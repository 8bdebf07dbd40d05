import { MokusError, throwIfCancelled } from '@mokus/core';
import { shownUrl } from './http-address.js';
import { connectionError, protocolError } from './http-errors.js';
import { defaultRetries, type HttpOptions, isFetchFailure, request } from './http-request.js';
import { backoffSeconds, pause } from './http-retry.js';

export interface ByteRange {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  /** Bytes of the whole file, as known before. */
  readonly size: number;
  /** Whether a server that ignores `Range` is put up with, by skipping what came already; else it is refused. */
  readonly allowWhole?: boolean;
}

/** Bytes. After this much of progress a connection that breaks off counts as the first that did. */
const progressThatCounts = 2 ** 20;

/**
 * The bytes of a range, exactly `end - start` of them. A connection that is cut is taken up where it broke off.
 *
 * @throws MokusError `integrity` (the file has another length there), `network` (no connection, cut too often, or a server
 *   that ignores ranges), and all that {@link request} throws
 */
export async function* readRange(url: string, range: ByteRange, options: HttpOptions): AsyncGenerator<Uint8Array> {
  const { signal, retries = defaultRetries } = options;
  let position = range.start;
  let failures = 0;
  let lastFailure = range.start;
  while (position < range.end) {
    const response = await requestFrom(url, position, range, options);
    let broken: unknown = new TypeError('the body ended early');
    let skip = response.status === 200 ? position : 0;
    const body = bodyOf(response);
    try {
      for (let chunk = await body.read(); !chunk.done; chunk = await body.read()) {
        const skipped = Math.min(skip, chunk.value.byteLength);
        skip -= skipped;
        const bytes = chunk.value.subarray(skipped);
        if (bytes.byteLength > range.end - position) throw wrongLength(url, range.size, 'more');
        position += bytes.byteLength;
        if (bytes.byteLength > 0) yield bytes;
      }
    } catch (error) {
      throwIfCancelled(signal, `reading ${shownUrl(url)}`);
      if (!isFetchFailure(error)) throw error;
      broken = error;
    } finally {
      await body.cancel().catch(() => undefined);
    }
    if (position >= range.end) return;
    failures = position - lastFailure >= progressThatCounts ? 1 : failures + 1;
    lastFailure = position;
    if (failures > retries) throw connectionError(url, broken);
    // At once the first time: connections are cut for reasons that have passed.
    if (failures > 1) await pause(backoffSeconds(failures - 2), signal);
    throwIfCancelled(signal, `reading ${shownUrl(url)}`);
  }
}

/** Asks for the rest of the range, and makes sure that this is what comes. */
async function requestFrom(url: string, position: number, range: ByteRange, options: HttpOptions): Promise<Response> {
  const { end, size, allowWhole } = range;
  const isWhole = position === 0 && end === size && allowWhole === true;
  const headers: Record<string, string> = { 'Accept-Encoding': 'identity' };
  if (!isWhole) headers.Range = `bytes=${position}-${end - 1}`;
  const response = await request(url, { ...options, headers, alsoAccept: 416 });
  const refuse = async (error: MokusError): Promise<never> => {
    await response.body?.cancel();
    throw error;
  };
  if (response.status === 416) return refuse(wrongLength(url, size, 'less'));
  if (response.status === 206) {
    const got = parseContentRange(response);
    if (got?.start === position && got.end === end && (got.size ?? size) === size) return response;
    if (got?.size !== undefined && got.size !== size) return refuse(wrongLength(url, size, got.size));
    return refuse(protocolError(url, `answered with another range than bytes ${position} to ${end - 1}; call again`));
  }
  if (response.status !== 200 || !allowWhole) return refuse(ignoresRanges(url, response.status));
  const length = contentLength(response);
  if (length !== undefined && length !== size) return refuse(wrongLength(url, size, length));
  return response;
}

/** The error for a server from which only whole files can be had. */
export function ignoresRanges(url: string, status: number): MokusError {
  return protocolError(
    url,
    `answered ${status} to a request for a part of the file: the server ignores ranges, and the whole file is not read ` +
      'for a part of it; download the checkpoint, or use a server that knows ranges',
  );
}

function wrongLength(url: string, expected: number, got: number | 'more' | 'less'): MokusError {
  const found = typeof got === 'number' ? `has ${got} bytes instead of` : `has ${got} than`;
  return new MokusError(
    'integrity',
    `${shownUrl(url)} ${found} the ${expected} bytes that were promised; the file changed or the server is broken: ` +
      'call again',
    { url: shownUrl(url) },
  );
}

/** What a `Content-Range` of bytes says; `end` is exclusive, and a size that is `*` unknown. */
export function parseContentRange(
  response: Response,
): { readonly start: number; readonly end: number; readonly size: number | undefined } | undefined {
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(
    response.headers.get('content-range')?.trim() ?? '',
  );
  if (match === null) return undefined;
  return { start: Number(match[1]), end: Number(match[2]) + 1, size: match[3] === '*' ? undefined : Number(match[3]) };
}

/** Bytes of the body, where the server tells and has not compressed it. */
function contentLength(response: Response): number | undefined {
  const value = response.headers.get('content-length');
  return value === null || response.headers.has('content-encoding') ? undefined : Number(value);
}

type BodyReader = Pick<ReadableStreamDefaultReader<Uint8Array>, 'read' | 'cancel'>;

const emptyBody: BodyReader = { read: async () => ({ done: true, value: undefined }), cancel: async () => undefined };

function bodyOf(response: Response): BodyReader {
  return response.body?.getReader() ?? emptyBody;
}
