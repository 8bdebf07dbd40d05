import { throwIfCancelled } from '@mokus/core';
import { shownUrl } from './http-address.js';
import { connectionError, protocolError } from './http-errors.js';
import { defaultRetries, type HttpRequest, isFetchFailure, request } from './http-request.js';
import { boundedText } from './http-retry.js';

/** Bytes. A page of a listing has 1,000 entries of some 300 bytes. */
const maxTextBytes = 64 * 2 ** 20;

/**
 * The body of a small answer, at most 64 MiB, with its headers; a connection that is cut is tried again.
 *
 * @throws MokusError `network` (too long, cut too often), and all that {@link request} throws
 */
export async function requestText(
  url: string,
  options: HttpRequest,
): Promise<{ readonly text: string; readonly headers: Headers }> {
  const { signal, retries = defaultRetries, isRepeatable = true } = options;
  for (let attempt = 0; ; attempt += 1) {
    const response = await request(url, options);
    try {
      return { text: await wholeText(url, response), headers: response.headers };
    } catch (error) {
      throwIfCancelled(signal, `reading ${shownUrl(url)}`);
      if (!isFetchFailure(error)) throw error;
      if (attempt >= retries || !isRepeatable) throw connectionError(url, error);
    }
  }
}

async function wholeText(url: string, response: Response): Promise<string> {
  const { text, isCut } = await boundedText(response, maxTextBytes);
  if (isCut) throw protocolError(url, `answers with more than ${maxTextBytes} bytes; check the endpoint`);
  return text;
}
