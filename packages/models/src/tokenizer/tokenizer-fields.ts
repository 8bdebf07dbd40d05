import { describeJson, isJsonObject, type Json, type JsonObject, MokusError } from '@mokus/core';
import type { AddedToken } from './added-tokens.js';

/** Reads the fields of one of a tokenizer's files; every refusal names the file and the field. */
export class TokenizerFields {
  readonly file: string;

  constructor(file: string) {
    this.file = file;
  }

  /** Throws MokusError `unsupported` for a component that is not computed here as Python computes it. */
  refuse(field: string, value: Json | undefined, why: string): never {
    const kind = isJsonObject(value) && typeof value.type === 'string' ? value.type.slice(0, 100) : describeJson(value);
    throw new MokusError('unsupported', `${this.file}: ${field} is ${kind}; ${why}`, { file: this.file, field });
  }

  /** Throws MokusError `config` for a file that is malformed. */
  malformed(field: string, why: string): never {
    throw new MokusError('config', `${this.file}: ${field} ${why}`, { file: this.file, field });
  }

  object(value: Json | undefined, field: string): JsonObject {
    return isJsonObject(value) ? value : this.malformed(field, 'is not an object');
  }

  list(value: Json | undefined, field: string): readonly Json[] {
    return Array.isArray(value) ? value : this.malformed(field, 'is not a list');
  }

  id(value: Json | undefined, field: string): number {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
      this.malformed(field, 'is not a token id');
    }
    return value;
  }

  /** A vocabulary: ids by token. */
  ids(value: Json | undefined, field: string): Map<string, number> {
    return new Map(
      Object.entries(this.object(value, field)).map(([token, id]) => [
        token,
        this.id(id, `${field}[${describeJson(token)}]`),
      ]),
    );
  }

  /** Flags that are left out are off; `normalized` is then on for a token that is not special. */
  addedToken(value: Json | undefined, id: number, field: string): AddedToken {
    const { content, normalized, special, ...flags } = this.object(value, field);
    if (typeof content !== 'string' || content === '') this.malformed(`${field}.content`, 'is not a text');
    return {
      id,
      content,
      singleWord: flags.single_word === true,
      lstrip: flags.lstrip === true,
      rstrip: flags.rstrip === true,
      normalized: typeof normalized === 'boolean' ? normalized : special !== true,
    };
  }
}
