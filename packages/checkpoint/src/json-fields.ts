import { isJsonObject, type Json, type MokusError } from '@mokus/core';

/** Says what is wrong with a field, named by its path (`facts[2].question`); undefined is the object as a whole. */
export type RefuseField = (field: string | undefined, problem: string) => MokusError;

/** An object of a file that is trusted in nothing, read field by field. Each reading throws what `refuse` makes. */
export class JsonFields {
  readonly #fields: { readonly [key: string]: Json };
  readonly #place: string | undefined;
  readonly #refuse: RefuseField;

  /** @param place the object's own path; undefined for the file's */
  constructor(value: Json, place: string | undefined, refuse: RefuseField) {
    if (!isJsonObject(value)) throw refuse(place, 'is no object');
    this.#fields = value;
    this.#place = place;
    this.#refuse = refuse;
  }

  value(field: string): Json | undefined {
    return Object.hasOwn(this.#fields, field) ? this.#fields[field] : undefined;
  }

  text(field: string): string {
    const value = this.value(field);
    if (typeof value !== 'string' || value === '') throw this.refuse(field, 'is no text');
    return value;
  }

  /** undefined where the field is not there. */
  optionalText(field: string): string | undefined {
    return this.value(field) === undefined ? undefined : this.text(field);
  }

  list(field: string): readonly Json[] {
    const value = this.value(field);
    if (!Array.isArray(value)) throw this.refuse(field, 'is no list');
    return value;
  }

  /** undefined where the field is not there. */
  texts(field: string): readonly string[] | undefined {
    if (this.value(field) === undefined) return undefined;
    return this.list(field).map((item) => {
      if (typeof item !== 'string') throw this.refuse(field, 'is no list of texts');
      return item;
    });
  }

  object(field: string): JsonFields {
    return new JsonFields(this.value(field) ?? null, this.#path(field), this.#refuse);
  }

  refuse(field: string, problem: string): MokusError {
    return this.#refuse(this.#path(field), problem);
  }

  #path(field: string): string {
    return this.#place === undefined ? field : `${this.#place}.${field}`;
  }
}
