import { describeJson, type Json, MokusError } from '@mokus/core';

/** No tensor of a released model comes near; two of these multiply exactly. */
const maxSize = 2 ** 26;

/** Layers are made one by one, so a file must not be able to ask for millions. */
const maxCount = 1024;

/**
 * Reads one component's config.json field by field. A field that is null counts as missing. Every refusal is a
 * MokusError `config` that names the file and the field.
 */
export class ConfigReader {
  readonly #fields: { readonly [key: string]: Json };
  readonly #file: string;

  constructor(config: Json, file: string) {
    if (typeof config !== 'object' || config === null || !isObject(config)) {
      throw new MokusError('config', `${file} is not a JSON object`, { file });
    }
    this.#fields = config;
    this.#file = file;
  }

  /** The whole object, as it stands in the file. */
  get fields(): { readonly [key: string]: Json } {
    return this.#fields;
  }

  has(field: string): boolean {
    return (this.#fields[field] ?? null) !== null;
  }

  number(field: string, fallback?: number): number {
    const value = this.#value(field, fallback);
    if (typeof value !== 'number' || !Number.isFinite(value)) this.refuse(field, 'it must be a number');
    return value;
  }

  /** Of a tensor: a whole number from 1 to 2^26. */
  size(field: string, fallback?: number): number {
    const value = this.#value(field, fallback);
    if (!isWhole(value, maxSize)) this.refuse(field, `it must be a whole number from 1 to ${maxSize}`);
    return value;
  }

  /** Of layers: a whole number from 1 to 1024. */
  count(field: string, fallback?: number): number {
    const value = this.#value(field, fallback);
    if (!isWhole(value, maxCount)) this.refuse(field, `it must be a whole number from 1 to ${maxCount}`);
    return value;
  }

  boolean(field: string, fallback?: boolean): boolean {
    const value = this.#value(field, fallback);
    if (typeof value !== 'boolean') this.refuse(field, 'it must be true or false');
    return value;
  }

  oneOf<T extends string>(field: string, values: readonly T[], fallback?: T): T {
    const value = this.#value(field, fallback);
    const found = values.find((each) => each === value);
    if (found === undefined) this.refuse(field, `it must be one of ${values.join(', ')}`);
    return found;
  }

  list(field: string, fallback?: readonly Json[]): readonly Json[] {
    const value = this.#value(field, fallback);
    if (!Array.isArray(value)) this.refuse(field, 'it must be a list');
    return value;
  }

  object(field: string, fallback?: { readonly [key: string]: Json }): { readonly [key: string]: Json } {
    const value = this.#value(field, fallback);
    if (typeof value !== 'object' || value === null || !isObject(value)) this.refuse(field, 'it must be an object');
    return value;
  }

  numbers(field: string, fallback?: readonly number[]): readonly number[] {
    return this.list(field, fallback).map((value) => {
      if (typeof value !== 'number' || !Number.isFinite(value)) this.refuse(field, 'it must be a list of numbers');
      return value;
    });
  }

  /** As {@link size}, at most 1024 of them. */
  sizes(field: string, fallback?: readonly number[]): readonly number[] {
    const values = this.list(field, fallback);
    if (values.length > maxCount) this.refuse(field, `it must be a list of at most ${maxCount}`);
    return values.map((value) => {
      if (!isWhole(value, maxSize)) this.refuse(field, `it must be a list of whole numbers from 1 to ${maxSize}`);
      return value;
    });
  }

  /** Refuses a switch that this implementation does not honour, unless it is off (false or missing). */
  mustBeOff(field: string, why: string): void {
    if (this.boolean(field, false)) this.refuse(field, why);
  }

  /** Throws the refusal of one field's value. */
  refuse(field: string, why: string): never {
    const value = this.#fields[field];
    const found = value === undefined ? 'is missing' : `is ${describeJson(value)}`;
    throw new MokusError('config', `${this.#file}: ${field} ${found}; ${why}`, { file: this.#file, field });
  }

  #value(field: string, fallback: Json | undefined): Json | undefined {
    return this.#fields[field] ?? fallback;
  }
}

function isObject(config: object): config is { readonly [key: string]: Json } {
  return !Array.isArray(config);
}

function isWhole(value: unknown, most: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most;
}
