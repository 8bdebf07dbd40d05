import { MokusError } from '@mokus/core';
import { printable } from '../printable.js';

/**
 * The header that carries a token. A token that HTTP could not carry is refused here, because what fetch would throw
 * quotes it.
 *
 * @throws MokusError `input`
 */
export function authorization(token: string | undefined): Readonly<Record<string, string>> {
  if (token === undefined) return {};
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new MokusError('input', 'the token is empty or holds spaces or unusual characters; copy it again', {
      field: 'token',
    });
  }
  return { Authorization: `Bearer ${token}` };
}

/** A text that a server sent, fit for a message: short, printable, and without the token in case it was echoed. */
export function foreignText(text: string, token: string | undefined): string {
  return printable(token ? text.replaceAll(token, '(token)') : text);
}
