import { MokusError } from '@mokus/core';

/** Throws MokusError `input` naming the option for a value that callers without types may pass. */
export function requireChoice(owner: string, field: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  throw new MokusError('input', `${owner}: ${field} is '${value}', but must be ${choices.join(' or ')}`, { field });
}
