import { backoffSeconds, boundedText, pause, retryAfterSeconds } from '@mokus/checkpoint';
import { MokusError, type RawImage, type RunOptions, requireKnown, requireNumber, throwIfCancelled } from '@mokus/core';
import { callable, optional, requireFit, text, words } from '../require-shape.js';
import { pngDataUrl } from './png-data-url.js';
import { type HttpAnswer, mayTryAgain, refusalOf } from './vision-http.js';

export interface VisionEndpointOptions {
  /** The API's address, such as `https://api.openai.com/v1`; `/chat/completions` is added. */
  readonly baseUrl: string;
  readonly model: string;
  /** Sent as a bearer token, to this address only; it stands in no message and no report. */
  readonly apiKey?: string | undefined;
  /** A picture as the bytes of a PNG file. */
  readonly encodePicture: (picture: RawImage) => Promise<Uint8Array>;
  /** Milliseconds until an attempt is given up. Default: 60,000. */
  readonly timeout?: number | undefined;
  /** Attempts at a request, the first included. Default: 5. */
  readonly attempts?: number | undefined;
  /** Longest time in milliseconds to wait before another attempt; a server that asks for more is an error. Default: 60,000. */
  readonly maxWait?: number | undefined;
  /** Tokens of an answer at most. Default: 500. */
  readonly maxTokens?: number | undefined;
}

/** A vision language model behind an OpenAI-compatible chat endpoint. */
export interface VisionEndpoint {
  readonly model: string;
  /** Without query. */
  readonly url: string;
  /**
   * Asks about pictures, at temperature 0, and returns the answer's text. Tries again, after a growing pause (from
   * 0.25 s) or the server's own, on 408, 429 and 5xx, on a connection that fails and on a timeout.
   *
   * Throws MokusError `access` (401, 403), `not-found` (404), `rate-limit`, `network` (all attempts failed, another
   * status, an answer that makes no sense), `cancelled`.
   */
  ask(question: string, pictures: readonly RawImage[], options?: RunOptions): Promise<string>;
}

/** Bytes of an answer that are read; a longer one is cut, and then makes no sense. */
const maxBytes = 1 << 20;

/** Milliseconds that a timer can wait; a longer time it takes for none. */
const longestTimer = 2 ** 31 - 1;

const known: Readonly<Record<keyof VisionEndpointOptions, true>> = {
  baseUrl: true,
  model: true,
  apiKey: true,
  encodePicture: true,
  timeout: true,
  attempts: true,
  maxWait: true,
  maxTokens: true,
};

/**
 * Throws MokusError `input` for an address that is none, or holds a user or password, and for an option that is unknown, of
 * the wrong kind or out of range.
 */
export function visionEndpoint(options: VisionEndpointOptions): VisionEndpoint {
  requireKnown('visionEndpoint', options, known);
  const { model, apiKey, encodePicture, timeout = 60_000, attempts = 5, maxWait = 60_000, maxTokens = 500 } = options;
  const address = completionsAddress(options.baseUrl);
  requireFit('visionEndpoint', 'model', model, words);
  // A key of the wrong kind is a key all the same: the message does not show it.
  if (!optional(text).fits(apiKey))
    throw new MokusError('input', 'visionEndpoint: apiKey is no text', { field: 'apiKey' });
  requireFit(
    'visionEndpoint',
    'encodePicture',
    encodePicture,
    callable('a function that gives the bytes of a PNG file'),
  );
  const rule = { atLeast: 1, atMost: longestTimer, integer: true };
  for (const [field, value] of Object.entries({ timeout, attempts, maxTokens })) {
    requireNumber('visionEndpoint', field, value, rule);
  }
  requireNumber('visionEndpoint', 'maxWait', maxWait, { ...rule, atLeast: 0 });
  const url = `${address.origin}${address.pathname}`;
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (apiKey !== undefined) headers.authorization = `Bearer ${apiKey}`;
  const conceal = (text: string): string => (apiKey ? text.replaceAll(apiKey, '***') : text);

  const attempt = async (body: string, signal: AbortSignal | undefined): Promise<HttpAnswer> => {
    const limit = AbortSignal.timeout(timeout);
    const either = signal === undefined ? limit : AbortSignal.any([signal, limit]);
    try {
      // A redirect would carry pictures and key to another address.
      const response = await fetch(address, { method: 'POST', headers, body, redirect: 'error', signal: either });
      const { text } = await boundedText(response, maxBytes);
      return { status: response.status, text: conceal(text), retryAfter: retryAfterSeconds(response) };
    } catch (error) {
      throwIfCancelled(signal, 'asking the vision model');
      const reason = limit.aborted ? `no answer within ${timeout} ms` : conceal(describeFailure(error));
      return { status: undefined, text: reason, retryAfter: undefined };
    }
  };

  return {
    model,
    url,
    async ask(question, pictures, { signal } = {}) {
      throwIfCancelled(signal, 'asking the vision model');
      const parts = await Promise.all(pictures.map(async (each) => imagePart(await encodePicture(each))));
      const content = [{ type: 'text', text: question }, ...parts];
      const body = JSON.stringify({
        model,
        messages: [{ role: 'user', content }],
        temperature: 0,
        max_tokens: maxTokens,
      });
      for (let tried = 1; ; tried++) {
        const answer = await attempt(body, signal);
        if (answer.status === 200) return contentOf(answer.text, url);
        const wait = answer.retryAfter ?? backoffSeconds(tried - 1);
        if (tried >= attempts || !mayTryAgain(answer) || wait * 1000 > maxWait) throw refusalOf(answer, url, tried);
        await pause(wait, signal);
        throwIfCancelled(signal, 'asking the vision model');
      }
    },
  };
}

function completionsAddress(baseUrl: string): URL {
  const address = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (address === undefined || !['http:', 'https:'].includes(address.protocol)) {
    throw new MokusError('input', 'visionEndpoint: baseUrl is no http(s) address; give one such as https://host/v1', {
      field: 'baseUrl',
    });
  }
  if (address.username !== '' || address.password !== '') {
    const message = 'visionEndpoint: baseUrl holds a user or password; pass the key as apiKey';
    throw new MokusError('input', message, { field: 'baseUrl' });
  }
  address.pathname = `${address.pathname.replace(/\/+$/, '')}/chat/completions`;
  return address;
}

function imagePart(png: Uint8Array): { readonly type: 'image_url'; readonly image_url: { readonly url: string } } {
  return { type: 'image_url', image_url: { url: pngDataUrl(png) } };
}

/** choices[0].message.content. */
function contentOf(text: string, url: string): string {
  try {
    const content: unknown = JSON.parse(text).choices[0].message.content;
    if (typeof content === 'string') return content;
  } catch {
    // Said below.
  }
  const shown = JSON.stringify(text.slice(0, 200));
  throw new MokusError(
    'network',
    `${url} answered without choices[0].message.content: ${shown}; check that it is OpenAI-compatible`,
    { url },
  );
}

function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error ? `${error.message}: ${cause.message}` : error.message;
}
