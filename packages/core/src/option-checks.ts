import { MokusError } from './errors.js';

/** Bounds of a number that a caller sets. */
export interface NumberRule {
  readonly above?: number;
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly below?: number;
  readonly integer?: boolean;
}

/** Throws MokusError `input` naming the option unless the value is a finite number within the rule. */
export function requireNumber(owner: string, field: string, value: number, rule: NumberRule): void {
  const { above = -Infinity, atLeast = -Infinity, atMost = Infinity, below = Infinity, integer = false } = rule;
  const fits =
    Number.isFinite(value) &&
    value > above &&
    value >= atLeast &&
    value <= atMost &&
    value < below &&
    (!integer || Number.isInteger(value));
  if (fits) return;
  const bounds = [
    rule.above !== undefined && `above ${above}`,
    rule.atLeast !== undefined && `at least ${atLeast}`,
    rule.atMost !== undefined && `at most ${atMost}`,
    rule.below !== undefined && `below ${below}`,
  ].filter((bound) => bound !== false);
  throw new MokusError(
    'input',
    `${owner}: ${field} is ${value}, but must be ${integer ? 'a whole number' : 'a number'} ${bounds.join(' and ')}`.trim(),
    { field },
  );
}

/**
 * Throws MokusError `input` for options that are no object, and naming one that its owner does not have: callers without
 * types hand over a prompt alone, and misspell names.
 */
export function requireKnown(owner: string, options: object, known: object): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    const [first] = Object.keys(known);
    const isNone = options === null || options === undefined;
    const found = Array.isArray(options) ? 'a list' : isNone ? String(options) : `a ${typeof options}`;
    throw new MokusError('input', `${owner} takes one object of options, such as { ${first}: ... }, not ${found}`);
  }
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(known, name));
  if (unknown === undefined) return;
  throw new MokusError(
    'input',
    `${owner} has no option '${unknown}'; its options are ${Object.keys(known).join(', ')}`,
    { field: unknown },
  );
}

/** Throws MokusError `input` naming the option for a value that is none of those that there are. */
export function requireChoice(owner: string, field: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  throw new MokusError('input', `${owner}: ${field} is '${value}', but must be ${choices.join(' or ')}`, { field });
}

/** Throws MokusError `input` naming the option for a text without the placeholder: with 'answer', {answer}. */
export function requirePlaceholder(owner: string, field: string, text: string, placeholder: string): void {
  if (typeof text === 'string' && text.includes(`{${placeholder}}`)) return;
  throw new MokusError(
    'input',
    `${owner}: ${field} '${text}' has no {${placeholder}}, which the ${placeholder} is filled in for`,
    { field },
  );
}
