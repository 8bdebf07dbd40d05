import { MokusError, type MokusErrorCode } from '@mokus/core';

/** What an attempt came to. */
export interface HttpAnswer {
  /** Undefined when there was no answer: `text` says why. */
  readonly status: number | undefined;
  readonly text: string;
  /** The header, as it was sent. */
  readonly retryAfter: string | null;
}

/** Bytes of an answer that are read; a longer one is cut, and then makes no sense. */
const maxBytes = 1 << 20;

/** The first pause, doubled with each attempt. Milliseconds. */
const firstWait = 500;

export async function readBounded(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let read = 0;
  // Leaving the loop cancels what was not read.
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    read += chunk.length;
    if (read > maxBytes) break;
  }
  return text;
}

export function mayTryAgain({ status }: HttpAnswer): boolean {
  return status === undefined || status === 408 || status === 429 || status >= 500;
}

/** Milliseconds to wait after the `tried`-th attempt: what the server says, else 0.5 s, 1 s, 2 s ... */
export function waitBefore(tried: number, { retryAfter }: HttpAnswer): number {
  const growing = firstWait * 2 ** (tried - 1);
  if (retryAfter === null) return growing;
  const seconds = Number(retryAfter);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(retryAfter);
  return Number.isNaN(date) ? growing : Math.max(0, date - Date.now());
}

export function refusalOf({ status, text, retryAfter }: HttpAnswer, url: string, tried: number): MokusError {
  const times = tried === 1 ? '' : ` after ${tried} attempts`;
  if (status === undefined) return new MokusError('network', `${url} cannot be asked${times}: ${text}`, { url });
  const said = text === '' ? '' : `: ${JSON.stringify(text.slice(0, 200))}`;
  const details = { url, status };
  const refuse = (code: MokusErrorCode, mend: string): MokusError =>
    new MokusError(code, `${url} answered ${status}${times}; ${mend}${said}`, details);
  if (status === 401 || status === 403) return refuse('access', 'check the key');
  if (status === 404) return refuse('not-found', 'check the address and the model');
  if (status === 429) {
    const seconds = retryAfter === null ? undefined : waitBefore(tried, { status, text, retryAfter }) / 1000;
    const asked = seconds === undefined ? 'ask again later' : `it asks to wait ${Math.ceil(seconds)} s`;
    return new MokusError('rate-limit', `${url} answered 429${times}; ${asked}${said}`, {
      ...details,
      ...(seconds === undefined ? {} : { retryAfter: seconds }),
    });
  }
  return refuse('network', 'check that it is an OpenAI-compatible endpoint that takes pictures');
}
