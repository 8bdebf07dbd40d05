import { parseArgs } from 'node:util';
import { MokusError } from '@mokus/core';
import type { ArgDef, ArgsDef } from 'citty';

/** What a command's arguments are once they are read: undefined where they are left out and have no default. */
export type Given<Args extends ArgsDef> = { readonly [Name in keyof Args]: Value<Args[Name]> };

type Value<Arg extends ArgDef> = Arg extends { readonly type: 'boolean' }
  ? boolean
  : Arg extends { readonly required: true } | { readonly default: string }
    ? string
    : string | undefined;

/**
 * Throws MokusError `input` for what citty lets pass: an option that the command does not have, one without its value or
 * twice, and words that belong to no option.
 */
export function requireStrict(rawArgs: readonly string[], args: ArgsDef): void {
  const options = Object.entries(args).filter(([, { type }]) => type !== 'positional');
  const { tokens } = parseArgs({
    args: [...rawArgs],
    options: Object.fromEntries(
      options.map(([name, { type }]) => [name, { type: type === 'boolean' ? 'boolean' : 'string' }]),
    ),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const seen = new Set<string>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    requireOption(token, options);
    if (seen.has(token.name)) {
      const message = `--${token.name} is given twice; where it takes several, commas part them`;
      throw new MokusError('input', message, { field: token.name });
    }
    seen.add(token.name);
  }
  const words = tokens.flatMap((token) => (token.kind === 'positional' ? token.value : []));
  const extra = words[Object.keys(args).length - options.length];
  if (extra === undefined) return;
  const message = `'${extra.slice(0, 50)}' belongs to no option; a value with spaces is written in quotes`;
  throw new MokusError('input', message, { field: extra });
}

interface GivenOption {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function requireOption({ name, rawName, value, inlineValue }: GivenOption, options: [string, ArgDef][]): void {
  const [, known] = options.find(([each]) => rawName === `--${each}`) ?? [];
  if (known === undefined) {
    const all = options.map(([each]) => `--${each}`).join(', ');
    throw new MokusError('input', `there is no option ${rawName.slice(0, 50)}; there are ${all}`, { field: name });
  }
  if (known.type === 'boolean' || (value !== undefined && (inlineValue === true || !value.startsWith('-')))) return;
  const message = `${rawName} takes a value; one that begins with a dash is written ${rawName}=VALUE`;
  throw new MokusError('input', message, { field: name });
}

/** The parts of a text that commas part, without blanks. */
export function words(text: string): string[] {
  return text.split(',').flatMap((word) => word.trim() || []);
}

/** A whole number, from 0 where nothing else is said. Throws MokusError `input` naming the option. */
export function wholeNumber(field: string, text: string | undefined, atLeast = 0): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(value) && value >= atLeast) return value;
  const message = `--${field} takes whole numbers from ${atLeast}, got '${text.slice(0, 50)}'`;
  throw new MokusError('input', message, { field });
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
