import { MokusError, throwIfCancelled } from '@mokus/core';
import { shownUrl } from './http-address.js';
import { connectionError, statusError } from './http-errors.js';
import { backoffSeconds, mayPassLater, pause, retryAfterSeconds } from './http-retry.js';
import { authorization } from './http-token.js';

export interface HttpOptions {
  /** Sent to the address's own origin only: fetch drops it when a redirect leads elsewhere. */
  readonly token?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How often a request that failed for a passing reason is made again. Default 4. */
  readonly retries?: number | undefined;
}

/** What a request is for, as far as its refusal says what to do: `store` is where a hub has large files put. */
export type RequestUse = 'read' | 'write' | 'store';

export interface HttpRequest extends HttpOptions {
  /** Default: GET. */
  readonly method?: string;
  /** A Blob is read anew for each attempt. */
  readonly body?: string | Blob;
  /** Default: `read`. */
  readonly use?: RequestUse;
  /** Whether it may be made again when it is not known what became of it. Default: true. */
  readonly isRepeatable?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  /** A status besides 2xx that the caller handles. */
  readonly alsoAccept?: number;
}

export const defaultRetries = 4;

/** Seconds. A server that asks for more is not waited for: the caller learns how long it would take. */
const longestWait = 60;

/** Statuses that pass, and with which nothing was done. */
const beforeAnything = [429, 503];

/**
 * A request with retries: after a status that passes, as long as `Retry-After` says (at most 60 s), else 0.25, 0.5, 1, ... s.
 *
 * @throws MokusError `access` (401, 403), `not-found` (404), `conflict` (409, 412), `rate-limit` (429), `network`, `input`
 *   (a token that cannot be sent, what a hub refuses to take), `cancelled`; what a body throws when it is read
 */
export async function request(url: string, options: HttpRequest = {}): Promise<Response> {
  const { method = 'GET', body = null, use = 'read', isRepeatable = true } = options;
  const { token, signal, retries = defaultRetries, headers, alsoAccept } = options;
  const allHeaders = { ...headers, ...authorization(token) };
  for (let attempt = 0; ; attempt += 1) {
    throwIfCancelled(signal, `asking ${shownUrl(url)}`);
    const isLast = attempt >= retries;
    let wait = backoffSeconds(attempt);
    try {
      const response = await fetch(url, { method, body, headers: allHeaders, signal: signal ?? null });
      if (response.ok || response.status === alsoAccept) return response;
      await response.body?.cancel();
      wait = retryAfterSeconds(response) ?? wait;
      const mayPass = isRepeatable ? mayPassLater(response.status) : beforeAnything.includes(response.status);
      if (isLast || !mayPass || wait > longestWait) throw statusError(url, response, token, use);
    } catch (error) {
      throwIfCancelled(signal, `asking ${shownUrl(url)}`);
      if (!isFetchFailure(error)) throw error;
      // What reading the body threw.
      if (MokusError.isInstance(error.cause)) throw error.cause;
      if (isLast || !isRepeatable) throw connectionError(url, error);
    }
    await pause(wait, signal);
    throwIfCancelled(signal, `waiting for ${shownUrl(url)}`);
  }
}

/** fetch rejects with a TypeError when there is no answer, and so does a body that breaks off. */
export function isFetchFailure(error: unknown): error is TypeError {
  return error instanceof TypeError;
}
