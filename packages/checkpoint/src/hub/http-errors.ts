import { MokusError, type MokusErrorCode } from '@mokus/core';
import { shownUrl } from './http-address.js';
import type { RequestUse } from './http-request.js';
import { mayPassLater, retryAfterSeconds } from './http-retry.js';
import { foreignText } from './http-token.js';

/** The error for an answer that is none of success. */
export function statusError(
  url: string,
  response: Response,
  token: string | undefined,
  use: RequestUse = 'read',
): MokusError {
  const { status } = response;
  const [code, mend] = explain(status, token !== undefined, use);
  const said = response.headers.get('x-error-message');
  const quote = said ? ` (the server says: ${foreignText(said, token)})` : '';
  const retryAfter = retryAfterSeconds(response);
  const wait = retryAfter === undefined ? '' : `; the server asks to wait ${retryAfter} s`;
  return new MokusError(code, `${shownUrl(url)} answered ${status}${quote}${wait}; ${mend}`, {
    url: shownUrl(url),
    status,
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
}

function explain(status: number, hasToken: boolean, use: RequestUse): readonly [MokusErrorCode, string] {
  const other = use === 'read' ? undefined : explainUpload(status, use);
  if (other !== undefined) return other;
  switch (status) {
    case 401:
      return [
        'access',
        hasToken
          ? 'the token is not valid there, or there is no such repository: check the name and the token'
          : 'it is private or does not exist: check the name, or give a token (option token, or HF_TOKEN)',
      ];
    case 403:
      return [
        'access',
        hasToken
          ? 'the token may not read it: accept the terms on its page, or use a token with read access'
          : 'it may be read with a token only (option token, or HF_TOKEN), perhaps after accepting terms on its page',
      ];
    case 404:
    case 410:
      return ['not-found', 'check the name, the revision and the file'];
    case 429:
      return ['rate-limit', 'call again later; with a token the limit is higher'];
    default:
      return ['network', mayPassLater(status) ? 'the server has trouble: call again later' : 'check the address'];
  }
}

/** Where the reason is another one than in reading. */
function explainUpload(
  status: number,
  use: Exclude<RequestUse, 'read'>,
): readonly [MokusErrorCode, string] | undefined {
  if (mayPassLater(status)) return undefined;
  if (use === 'store')
    return ['network', 'the storage did not take the file, as when an upload takes too long: call again'];
  switch (status) {
    case 401:
    case 402:
    case 403:
      return ['access', 'it takes a token with write access there (option token, or HF_TOKEN): check it and the name'];
    case 404:
    case 410:
      return ['not-found', 'check the name and the branch, or say createRepo: true'];
    case 409:
    case 412:
      return ['conflict', 'the repository is changed by somebody else: look at what is there now and call again'];
    default:
      return ['input', 'the hub does not take what was sent: mend what it names'];
  }
}

/** The error for a connection that could not be made or broke. */
export function connectionError(url: string, cause: unknown): MokusError {
  return new MokusError(
    'network',
    `${shownUrl(url)} cannot be reached (${reasonOf(cause)}); check the connection and call again`,
    { url: shownUrl(url), cause },
  );
}

/** The error for an answer that breaks the protocol. */
export function protocolError(url: string, problem: string): MokusError {
  return new MokusError('network', `${shownUrl(url)} ${problem}`, { url: shownUrl(url) });
}

/** What went wrong below fetch, whose own message is only "fetch failed". */
function reasonOf(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  if (!(inner instanceof Error)) return 'unknown reason';
  const code: unknown = Reflect.get(inner, 'code');
  return inner.message || (typeof code === 'string' ? code : inner.name);
}
