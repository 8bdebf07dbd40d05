import { isJsonObject, MokusError } from '@mokus/core';

/** The entries of a state read back from JSON. Throws MokusError `input` where it is no object of objects. */
export function savedEntries<Entry>(owner: string, saved: { readonly [name: string]: Entry }): [string, Entry][] {
  if (!isJsonObject(saved)) throw refusal(owner, 'the whole', saved);
  for (const [name, entry] of Object.entries(saved)) if (!isJsonObject(entry)) throw refusal(owner, `'${name}'`, entry);
  return Object.entries(saved);
}

/** A count of at least `least`. Throws MokusError `input` for anything else. */
export function savedCount(owner: string, field: string, value: unknown, least: number): number {
  if (Number.isSafeInteger(value) && (value as number) >= least) return value as number;
  throw refusal(owner, field, value);
}

/** Finite numbers as float64, whole rows of `width`. Throws MokusError `input` for anything else. */
export function savedNumbers(owner: string, field: string, values: unknown, width = 1): Float64Array {
  if (Array.isArray(values) && values.length % width === 0 && values.every((value) => Number.isFinite(value))) {
    return Float64Array.from(values);
  }
  throw refusal(owner, field, values);
}

/** A row of `width` finite numbers of at least `least`. Throws MokusError `input` for anything else. */
export function savedRow(
  owner: string,
  field: string,
  values: unknown,
  width: number,
  least: number = -Infinity,
): Float64Array {
  const row = savedNumbers(owner, field, values, width);
  if (row.length === width && row.every((value) => value >= least)) return row;
  throw refusal(owner, field, values);
}

/** A text, or nothing where an older version wrote none. Throws MokusError `input` for anything else. */
export function savedText(owner: string, field: string, value: unknown): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  throw refusal(owner, field, value);
}

function refusal(owner: string, field: string, value: unknown): MokusError {
  const shown = JSON.stringify(value)?.slice(0, 60) ?? String(value);
  return new MokusError(
    'input',
    `${owner}: ${field} of the saved state is ${shown}, which is not what its toJSON writes: save it again`,
    { field },
  );
}
