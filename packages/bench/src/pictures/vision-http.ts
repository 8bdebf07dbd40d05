import { mayPassLater } from '@mokus/checkpoint';
import { MokusError, type MokusErrorCode } from '@mokus/core';

/** What an attempt came to. */
export interface HttpAnswer {
  /** Undefined when there was no answer: `text` says why. */
  readonly status: number | undefined;
  readonly text: string;
  /** Seconds that the server asks to wait. */
  readonly retryAfter: number | undefined;
}

export function mayTryAgain({ status }: HttpAnswer): boolean {
  return status === undefined || mayPassLater(status);
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
    const asked = retryAfter === undefined ? 'ask again later' : `it asks to wait ${retryAfter} s`;
    return new MokusError('rate-limit', `${url} answered 429${times}; ${asked}${said}`, {
      ...details,
      ...(retryAfter === undefined ? {} : { retryAfter }),
    });
  }
  return refuse('network', 'check that it is an OpenAI-compatible endpoint that takes pictures');
}
