import { type EditProvenance, type EditRequest, type Json, MokusError, type PromptTemplate } from '@mokus/core';
import { isJsonObject } from './read-json.js';

const templates: readonly PromptTemplate[] = ['pipeline', 'chat', 'raw'];

/** Provenance as the JSON text that an edit file keeps. */
export function encodeProvenance(provenance: EditProvenance): string {
  return JSON.stringify(provenance);
}

/**
 * Provenance from an edit file's JSON text, every field checked.
 *
 * @param file for messages
 * @throws MokusError `edit`, naming file and field
 */
export function decodeProvenance(text: string | undefined, file: string): EditProvenance {
  const fields = new Fields(parse(text, file), 'provenance', file);
  const template = fields.text('template');
  const known = templates.find((each) => each === template);
  if (known === undefined) throw fields.refuse('template', `is none of ${templates.join(', ')}`);
  const requests = fields.list('requests').map((request, index) => readRequest(request, index, file));
  const versions = fields.value('versions');
  return {
    baseModel: fields.text('baseModel'),
    editor: fields.text('editor'),
    objective: fields.text('objective'),
    template: known,
    options: fields.value('options') ?? null,
    requests,
    ...(versions === undefined ? {} : { versions: readVersions(versions, fields) }),
  };
}

function parse(text: string | undefined, file: string): Json {
  try {
    return JSON.parse(text ?? 'null');
  } catch (cause) {
    throw new MokusError('edit', `${file}: its provenance is not JSON; save the edit again`, { file, cause });
  }
}

function readRequest(request: Json, index: number, file: string): EditRequest {
  const fields = new Fields(request, `requests[${index}]`, file);
  const subject = fields.value('subject') === undefined ? undefined : fields.text('subject');
  const paraphrases = fields.texts('paraphrases');
  const locality = fields.texts('locality');
  return {
    question: fields.text('question'),
    answer: fields.text('answer'),
    ...(subject === undefined ? {} : { subject }),
    ...(paraphrases === undefined ? {} : { paraphrases }),
    ...(locality === undefined ? {} : { locality }),
  };
}

function readVersions(versions: Json, fields: Fields): Readonly<Record<string, string>> {
  const entries = isJsonObject(versions) ? Object.entries(versions) : [];
  if (!isJsonObject(versions) || !entries.every(([, version]) => typeof version === 'string')) {
    throw fields.refuse('versions', 'is no object of strings');
  }
  return Object.fromEntries(entries.map(([name, version]) => [name, String(version)]));
}

/** An object of the provenance, read field by field. */
class Fields {
  readonly #fields: { readonly [key: string]: Json };
  readonly #place: string;
  readonly #file: string;

  constructor(value: Json, place: string, file: string) {
    this.#place = place;
    this.#file = file;
    if (!isJsonObject(value)) {
      throw new MokusError('edit', `${file}: its ${place} is no object; save the edit again`, { file, field: place });
    }
    this.#fields = value;
  }

  value(field: string): Json | undefined {
    return Object.hasOwn(this.#fields, field) ? this.#fields[field] : undefined;
  }

  text(field: string): string {
    const value = this.value(field);
    if (typeof value !== 'string' || value === '') throw this.refuse(field, 'is no text');
    return value;
  }

  list(field: string): readonly Json[] {
    const value = this.value(field);
    if (!Array.isArray(value)) throw this.refuse(field, 'is no list');
    return value;
  }

  texts(field: string): readonly string[] | undefined {
    if (this.value(field) === undefined) return undefined;
    return this.list(field).map((item) => {
      if (typeof item !== 'string') throw this.refuse(field, 'is no list of texts');
      return item;
    });
  }

  refuse(field: string, problem: string): MokusError {
    const place = this.#place === 'provenance' ? field : `${this.#place}.${field}`;
    return new MokusError('edit', `${this.#file}: ${place} in its provenance ${problem}; save the edit again`, {
      file: this.#file,
      field: place,
    });
  }
}
