import { MokusError } from '@mokus/core';
import { protocolError } from './http-errors.js';
import { requestText } from './http-text.js';
import type { HubRepository } from './repository.js';

/**
 * What @huggingface/hub uses in place of fetch to write to a repository: retries, typed errors, bounded answers; the token,
 * whatever it looks like, for the hub's own origin only. Where a hub of https has large files put must be https too. A
 * commit is never made twice: when its answer is lost, the caller learns so.
 */
export function uploadFetch(repository: HubRepository): typeof fetch {
  return (address, init = {}) => fetchForUpload(String(address), init, repository);
}

async function fetchForUpload(address: string, init: RequestInit, repository: HubRepository): Promise<Response> {
  const { endpoint, token, signal, retries } = repository;
  const { origin, protocol, pathname } = new URL(address);
  const isHub = origin === new URL(endpoint).origin;
  if (!isHub && new URL(endpoint).protocol === 'https:' && protocol !== 'https:') {
    throw protocolError(
      endpoint,
      `wants files put at ${origin}, which is not encrypted; nothing was sent there: check the endpoint`,
    );
  }
  const headers = new Headers(init.headers);
  headers.delete('authorization');
  const isCommit = isHub && /\/commit\/[^/]+$/.test(pathname);
  const { body, method = 'GET' } = init;
  try {
    const { text, headers: answered } = await requestText(address, {
      token: isHub ? token : undefined,
      signal: anySignal(signal, init.signal),
      retries,
      method,
      ...(typeof body === 'string' || body instanceof Blob ? { body } : {}),
      headers: Object.fromEntries(headers),
      isRepeatable: !isCommit,
      use: method === 'PUT' ? 'store' : 'write',
    });
    const etag = answered.get('etag');
    return new Response(text, { headers: etag === null ? {} : { etag } });
  } catch (error) {
    if (!isCommit || !MokusError.isInstance(error) || error.code !== 'network') throw error;
    throw new MokusError(
      'network',
      `${error.message}. Whether the commit was made is not known: look at the repository, or call again, which sends ` +
        'nothing twice that the hub has',
      { ...error.details, cause: error },
    );
  }
}

/** The library's own signal stops what goes on beside a request that failed. */
function anySignal(one: AbortSignal | undefined, other: AbortSignal | null | undefined): AbortSignal | undefined {
  if (one === undefined || !other) return one ?? other ?? undefined;
  return AbortSignal.any([one, other]);
}
