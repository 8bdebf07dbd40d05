import { describeGiven, isJsonObject, isText, MokusError, type MokusErrorDetails } from '@mokus/core';

/** What a value must be, for callers without types, and how a message says it. */
export interface Rule {
  readonly means: string;
  readonly fits: (value: unknown) => boolean;
}

/** A rule for each member that is looked at. */
export type Rules = Readonly<Record<string, Rule>>;

export const text: Rule = { means: 'a text', fits: isText };
export const words: Rule = {
  means: 'a text that is not empty',
  fits: (value) => isText(value) && value.trim() !== '',
};
export const flag: Rule = { means: 'true or false', fits: (value) => typeof value === 'boolean' };
export const list: Rule = { means: 'a list', fits: Array.isArray };
export const texts: Rule = listOf(text, 'a list of texts');

export function callable(means: string): Rule {
  return { means, fits: (value) => typeof value === 'function' };
}

/** As the rule, or left out. */
export function optional({ means, fits }: Rule): Rule {
  return { means, fits: (value) => value === undefined || fits(value) };
}

export function listOf({ fits }: Rule, means: string): Rule {
  // A list with holes has fewer entries than it says, which `every` alone passes over.
  return { means, fits: (value) => Array.isArray(value) && Array.from(value).every(fits) };
}

/** An object whose members fit; it may have others. */
export function shaped(rules: Rules): Rule {
  const members = Object.entries(rules);
  const needed = members.filter(([, { fits }]) => !fits(undefined)).map(([name]) => name);
  return {
    means: `an object with ${needed.join(' and ')}`,
    fits: (value) => isJsonObject(value) && members.every(([name, { fits }]) => fits(value[name])),
  };
}

/** Throws MokusError `input` naming the field for a value that does not fit. */
export function requireFit(
  owner: string,
  field: string,
  value: unknown,
  { means, fits }: Rule,
  details: MokusErrorDetails = {},
): void {
  if (fits(value)) return;
  const message = `${owner}: ${field} is ${shown(value)}, but must be ${means}`;
  throw new MokusError('input', message, { ...details, field });
}

/** Throws MokusError `input` naming the member, such as `cases[0].id`, for one that does not fit, or for what is no object. */
export function requireShape(
  owner: string,
  field: string,
  value: unknown,
  rules: Rules,
  details: MokusErrorDetails = {},
): void {
  requireFit(owner, field, value, { ...shaped(rules), fits: isJsonObject }, details);
  const members = value as Readonly<Record<string, unknown>>;
  for (const [name, rule] of Object.entries(rules)) requireFit(owner, `${field}.${name}`, members[name], rule, details);
}

function shown(value: unknown): string {
  return value === undefined ? 'missing' : describeGiven(value);
}
