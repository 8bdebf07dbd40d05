import { type Json, MokusError } from '@mokus/core';

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

  /** A whole number from 1. */
  size(field: string, fallback?: number): number {
    const value = this.#value(field, fallback);
    if (!isSize(value)) this.refuse(field, 'it must be a whole number from 1');
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

  /** Whole numbers from 1. */
  sizes(field: string, fallback?: readonly number[]): readonly number[] {
    return this.list(field, fallback).map((value) => {
      if (!isSize(value)) this.refuse(field, 'it must be a list of whole numbers from 1');
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
    const found = value === undefined ? 'is missing' : `is ${JSON.stringify(value)}`;
    throw new MokusError('config', `${this.#file}: ${field} ${found}; ${why}`, { file: this.#file, field });
  }

  #value(field: string, fallback: Json | undefined): Json | undefined {
    return this.#fields[field] ?? fallback;
  }
}

function isObject(config: object): config is { readonly [key: string]: Json } {
  return !Array.isArray(config);
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1;
}
