import type { ByteSource } from '@mokus/core';
import { requireInside } from '../byte-range.js';
import { checkAddress, shownUrl } from './http-address.js';
import { protocolError } from './http-errors.js';
import { ignoresRanges, parseContentRange, readRange } from './http-range.js';
import { type HttpOptions, request } from './http-request.js';

/**
 * A file on a server, read in ranges: for headers, and for browsers. One byte is asked for at once, to learn the size;
 * every read is a request. Nothing is kept, and a file that changes its length meanwhile is an error.
 *
 * @param options `signal` holds for opening and for every read
 * @throws MokusError `network` (no connection, or a server that ignores ranges), `access`, `not-found`, `rate-limit`,
 *   `integrity` (the file changed), `input` (an address or token that cannot be used), `cancelled`; reads throw the same
 */
export async function httpSource(url: string | URL, options: HttpOptions = {}): Promise<ByteSource> {
  const address = checkAddress(url);
  const size = await sizeOf(address, options);
  const name = shownUrl(address);
  return {
    size,
    name,
    read: async (offset, length) => {
      requireInside(name, size, offset, length);
      const bytes = new Uint8Array(length);
      let done = 0;
      for await (const chunk of readRange(address, { start: offset, end: offset + length, size }, options)) {
        bytes.set(chunk, done);
        done += chunk.byteLength;
      }
      return bytes;
    },
  };
}

/** Bytes of a file, without reading it. An empty file has no first byte: the answer to that is 416. */
async function sizeOf(address: string, options: HttpOptions): Promise<number> {
  const response = await request(address, { ...options, headers: { Range: 'bytes=0-0' }, alsoAccept: 416 });
  await response.body?.cancel();
  if (response.status === 416) {
    if (response.headers.get('content-range')?.trim() === 'bytes */0') return 0;
    throw ignoresRanges(address, 416);
  }
  if (response.status !== 206) {
    if (response.headers.get('content-length') === '0') return 0;
    throw ignoresRanges(address, response.status);
  }
  const size = parseContentRange(response)?.size;
  if (size === undefined) throw protocolError(address, 'does not say how long the file is; use another server');
  return size;
}
