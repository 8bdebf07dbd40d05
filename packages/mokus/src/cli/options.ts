import { MokusError } from '@mokus/core';
import type { ArgsDef } from 'citty';

/** Throws MokusError `input` for an option that the command does not have: citty takes any. */
export function refuseUnknown(given: Readonly<Record<string, unknown>>, args: ArgsDef): void {
  const known = Object.keys(args);
  const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const unknown = Object.keys(given).find(
    (name) => name !== '_' && !known.includes(name) && !known.includes(kebab(name)),
  );
  if (unknown === undefined) return;
  const message = `there is no option --${unknown.slice(0, 50)}; there are --${known.join(', --')}`;
  throw new MokusError('input', message, { field: unknown });
}

/** The parts of a text that commas part, without blanks. */
export function words(text: string): string[] {
  return text.split(',').flatMap((word) => word.trim() || []);
}

/** A whole number from 0. Throws MokusError `input` naming the option. */
export function wholeNumber(field: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new MokusError('input', `--${field} takes whole numbers, got '${text.slice(0, 50)}'`, { field });
}

/** Whole numbers that commas part. Throws MokusError `input` naming the option. */
export function wholeNumbers(field: string, text: string | undefined): number[] | undefined {
  return text === undefined ? undefined : words(text).map((word) => wholeNumber(field, word) as number);
}

/** Any finite number. Throws MokusError `input` naming the option. */
export function realNumber(field: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new MokusError('input', `--${field} takes a number, got '${text.slice(0, 50)}'`, { field });
}
