import { MokusError } from '@mokus/core';

/** An address as messages may show it: a query can hold a signature, and user and password are secrets. */
export function shownUrl(url: string | URL): string {
  if (!URL.canParse(String(url))) return 'an address that cannot be read';
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

/**
 * An http or https address without user and password: fetch refuses one that has them, and quotes them.
 *
 * @throws MokusError `input`
 */
export function checkAddress(url: string | URL): string {
  const parsed = URL.canParse(String(url)) ? new URL(url) : undefined;
  const isWeb = parsed?.protocol === 'https:' || parsed?.protocol === 'http:';
  if (parsed !== undefined && isWeb && parsed.username === '' && parsed.password === '') return parsed.href;
  throw new MokusError(
    'input',
    `${shownUrl(url)} cannot be read: give an http or https address without user and password`,
    { url: shownUrl(url) },
  );
}
