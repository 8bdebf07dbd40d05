import { describeGiven, isJsonObject, MokusError, requireKnown } from '@mokus/core';

/** Throws MokusError `input` for options that are no object, before anything is read of them. */
export function requireOptions(owner: string, options: object): void {
  requireKnown(owner, options, isJsonObject(options) ? options : { sites: undefined });
}

/**
 * Throws MokusError `input` naming the option for a value without these methods, which callers without types may pass. Not by
 * its class: what another copy of this package made does as well.
 */
export function requireMethods(
  owner: string,
  field: string,
  value: unknown,
  methods: readonly string[],
  expected: string,
): void {
  const given = value as Readonly<Record<string, unknown>> | null | undefined;
  if (methods.every((method) => typeof given?.[method] === 'function')) return;
  throw new MokusError('input', `${owner}: ${field} is ${describeGiven(value)}, but must be ${expected}`, { field });
}
