import { isJsonObject, MokusError } from '@mokus/core';

/** Bounds of what is read from a file that somebody else made. */
const limits = { characters: 2 ** 28, records: 1_000_000, textLength: 20_000, listLength: 1_000 };

/** Reads one object of a data set by its fields; every refusal names the record's index and the field. */
export interface RecordReader {
  /** Position in the file, from 0. */
  readonly index: number;
  has(field: string): boolean;
  /** Whether it is a text without a sign in it. */
  isBlank(field: string): boolean;
  /** A text that is not blank. */
  text(field: string): string;
  optionalText(field: string): string | undefined;
  /** From 0, written as a number; undefined where the field is missing. */
  wholeNumber(field: string): number | undefined;
  /** True or false; undefined where the field is missing. */
  flag(field: string): boolean | undefined;
  /** A list of such texts; none where the field is missing. */
  texts(field: string): string[];
  /** An object in the record. */
  child(field: string): RecordReader;
  /** A list of objects, or of texts that `fromText` makes objects of; none where the field is missing. */
  children(field: string, fromText?: (text: string) => Record<string, unknown>): RecordReader[];
  /** Throws MokusError `input` that names record and field. */
  refuse(field: string, why: string): never;
}

/**
 * The records of a JSON array of objects. Throws MokusError `input`, saying which record and field, for what is no JSON,
 * no such array, empty, or larger than a data set is (268 million characters, a million records).
 */
export function readRecords(dataSet: string, json: string): RecordReader[] {
  const refuse = (why: string, cause?: unknown): never => {
    throw new MokusError('input', `${dataSet}: ${why}`, cause === undefined ? {} : { cause });
  };
  if (json.length > limits.characters) refuse(`${json.length} characters are more than ${limits.characters}`);
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    refuse('this is no JSON', cause);
  }
  if (!Array.isArray(value) || value.length === 0) return refuse('expected a JSON array of records that is not empty');
  if (value.length > limits.records) refuse(`${value.length} records are more than ${limits.records}`);
  return value.map((record: unknown, index) => readerOf(dataSet, index, '', record));
}

function readerOf(dataSet: string, index: number, path: string, value: unknown): RecordReader {
  const at = (field: string): string => (path === '' ? field : `${path}.${field}`);
  const refuse = (place: string, why: string): never => {
    const message = `${dataSet}, record ${index}: ${place === '' ? 'it' : place} ${why}`;
    throw new MokusError('input', message, { request: index, field: place });
  };
  if (!isJsonObject(value)) return refuse(path, 'is no object');
  // Never what an object inherits: a field may be called "constructor".
  const get = (field: string): unknown => (Object.hasOwn(value, field) ? value[field] : undefined);
  const textOf = (place: string, found: unknown): string => {
    if (typeof found !== 'string') return refuse(place, found === undefined ? 'is missing' : 'is no text');
    if (found.length > limits.textLength)
      refuse(place, `has ${found.length} characters, more than ${limits.textLength}`);
    const trimmed = found.trim();
    return trimmed === '' ? refuse(place, 'is empty') : trimmed;
  };
  const listOf = (field: string): readonly unknown[] => {
    const found = get(field) ?? [];
    if (!Array.isArray(found)) return refuse(at(field), 'is no list');
    if (found.length > limits.listLength) {
      refuse(at(field), `has ${found.length} entries, more than ${limits.listLength}`);
    }
    return found;
  };
  return {
    index,
    has: (field) => get(field) !== undefined && get(field) !== null,
    isBlank: (field) => {
      const found = get(field);
      return typeof found === 'string' && found.trim() === '';
    },
    text: (field) => textOf(at(field), get(field)),
    optionalText: (field) => {
      const found = get(field) ?? undefined;
      return found === undefined ? undefined : textOf(at(field), found);
    },
    wholeNumber: (field) => {
      const found = get(field) ?? undefined;
      if (found === undefined) return undefined;
      const isWhole = typeof found === 'number' && Number.isSafeInteger(found) && found >= 0;
      return isWhole ? found : refuse(at(field), 'is no whole number from 0');
    },
    flag: (field) => {
      const found = get(field) ?? undefined;
      return found === undefined || typeof found === 'boolean' ? found : refuse(at(field), 'is not true or false');
    },
    texts: (field) => listOf(field).map((each, entry) => textOf(`${at(field)}[${entry}]`, each)),
    child: (field) => readerOf(dataSet, index, at(field), get(field)),
    children: (field, fromText) =>
      listOf(field).map((each, entry) => {
        const place = `${at(field)}[${entry}]`;
        const object = typeof each === 'string' && fromText !== undefined ? fromText(each) : each;
        return readerOf(dataSet, index, place, object);
      }),
    refuse: (field, why) => refuse(at(field), why),
  };
}
