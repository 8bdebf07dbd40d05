import {
  type EditProvenance,
  type EditRequest,
  isJsonObject,
  type Json,
  MokusError,
  promptTemplates,
} from '@mokus/core';
import { JsonFields, type RefuseField } from './json-fields.js';

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
  const fields = new JsonFields(parse(text, file), undefined, refusing(file));
  const template = fields.text('template');
  const known = promptTemplates.find((each) => each === template);
  if (known === undefined) throw fields.refuse('template', `is none of ${promptTemplates.join(', ')}`);
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
  const fields = new JsonFields(request, `requests[${index}]`, refusing(file));
  const subject = fields.optionalText('subject');
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

function readVersions(versions: Json, fields: JsonFields): Readonly<Record<string, string>> {
  const entries = isJsonObject(versions) ? Object.entries(versions) : [];
  if (!isJsonObject(versions) || !entries.every(([, version]) => typeof version === 'string')) {
    throw fields.refuse('versions', 'is no object of strings');
  }
  return Object.fromEntries(entries.map(([name, version]) => [name, String(version)]));
}

/** Refuses a field of a file's provenance by name. */
function refusing(file: string): RefuseField {
  return (field, problem) =>
    field === undefined
      ? new MokusError('edit', `${file}: its provenance ${problem}; save the edit again`, { file, field: 'provenance' })
      : new MokusError('edit', `${file}: ${field} in its provenance ${problem}; save the edit again`, { file, field });
}
