import { describeJson, type Json, type JsonObject } from '@mokus/core';
import type { AddedToken } from './added-tokens.js';
import { TokenizerFields } from './tokenizer-fields.js';

export type NormalizationForm = 'NFC' | 'NFD' | 'NFKC' | 'NFKD';

/** A tokenizer.json of a kind that is known to be computed right here. */
export interface ByteLevelTokenizerJson {
  /** Unicode normalisation, one after the other. */
  readonly normalization: readonly NormalizationForm[];
  readonly addedTokens: readonly AddedToken[];
  /** Byte-level tokens and their ids, added ones left out. */
  readonly vocabulary: ReadonlyMap<string, number>;
  readonly model: JsonObject;
  /** Components that the library computes right, with the meaning of those in the file. */
  readonly preTokenizer: JsonObject;
}

/**
 * Checks that a tokenizer.json describes a byte-level BPE whose every part the JavaScript library computes as Python
 * does. Anything else would give other ids without an error, so it is refused: MokusError `unsupported` that names the
 * file and the field; `config` for a file that is malformed.
 */
export function readByteLevelTokenizerJson(json: Json, file: string): ByteLevelTokenizerJson {
  const reader = new TokenizerJsonReader(file);
  const root = reader.object(json, 'the file');
  const model = reader.object(root.model, 'model');
  reader.checkModel(model);
  const vocabulary = reader.vocabulary(model);
  const preTokenizer = reader.preTokenizer(reader.object(root.pre_tokenizer, 'pre_tokenizer'));
  reader.checkPostProcessor(root.post_processor ?? null, 'post_processor');
  if (reader.object(root.decoder, 'decoder').type !== 'ByteLevel') {
    reader.refuse('decoder', root.decoder, 'only ByteLevel is decoded');
  }
  const addedTokens = reader.addedTokens(root.added_tokens ?? []);
  reader.checkIds([...vocabulary, ...addedTokens.map(({ content, id }) => [content, id] as const)]);
  return {
    normalization: reader.normalization(root.normalizer ?? null, 'normalizer'),
    addedTokens,
    vocabulary,
    model,
    preTokenizer,
  };
}

class TokenizerJsonReader extends TokenizerFields {
  checkModel(model: JsonObject): void {
    if (model.type !== 'BPE') this.refuse('model', model, 'only byte-level BPE is implemented');
    for (const field of ['dropout', 'continuing_subword_prefix', 'end_of_word_suffix', 'byte_fallback']) {
      if (model[field]) this.refuse(`model.${field}`, model[field], 'it is not implemented');
    }
  }

  vocabulary(model: JsonObject): Map<string, number> {
    const vocabulary = this.ids(model.vocab, 'model.vocab');
    this.list(model.merges, 'model.merges').forEach((merge, index) => {
      const parts = typeof merge === 'string' ? merge.split(' ') : merge;
      const [left, right] = Array.isArray(parts) && parts.length === 2 ? parts : [];
      if (typeof left !== 'string' || typeof right !== 'string') {
        this.malformed(`model.merges[${index}]`, 'is not a pair of tokens');
      }
      const unknown = [left, right, left + right].find((token) => !vocabulary.has(token));
      if (unknown !== undefined) {
        this.malformed(`model.merges[${index}]`, `needs ${describeJson(unknown)}, which the vocabulary does not have`);
      }
    });
    return vocabulary;
  }

  /** No two spellings may have one id. */
  checkIds(tokens: Iterable<readonly [content: string, id: number]>): void {
    const contents = new Map<number, string>();
    for (const [content, id] of tokens) {
      const other = contents.get(id) ?? content;
      if (other !== content) {
        const both = `${describeJson(other)} and ${describeJson(content)}`;
        this.malformed('added_tokens', `and model.vocab do not fit: ${both} are both token ${id}`);
      }
      contents.set(id, content);
    }
  }

  preTokenizer(preTokenizer: JsonObject): JsonObject {
    const parts =
      preTokenizer.type === 'Sequence'
        ? this.list(preTokenizer.pretokenizers, 'pre_tokenizer.pretokenizers')
        : [preTokenizer];
    const last = parts.length - 1;
    if (last < 0) this.malformed('pre_tokenizer.pretokenizers', 'is empty');
    return {
      type: 'Sequence',
      pretokenizers: parts.map((part, index) =>
        index === last
          ? this.#byteLevel(this.object(part, 'pre_tokenizer'))
          : this.#split(this.object(part, 'pre_tokenizer')),
      ),
    };
  }

  #byteLevel(part: JsonObject): JsonObject {
    if (part.type !== 'ByteLevel') this.#refusePart(part);
    if (part.add_prefix_space) this.refuse('pre_tokenizer.add_prefix_space', true, 'set it to false');
    return part;
  }

  #split(part: JsonObject): JsonObject {
    if (part.type === 'Digits') {
      // The library takes ASCII digits only; Python takes what Unicode calls a number.
      const pattern = { Regex: part.individual_digits ? '\\p{N}' : '\\p{N}+' };
      return { type: 'Split', pattern, behavior: 'Isolated', invert: false };
    }
    if (part.type !== 'Split') this.#refusePart(part);
    if (part.behavior !== 'Isolated' || part.invert) {
      this.refuse('pre_tokenizer.behavior', part.behavior, 'only Isolated, not inverted, is implemented');
    }
    const { Regex, String: text } = this.object(part.pattern, 'pre_tokenizer.pattern');
    if (typeof (Regex ?? text) !== 'string' || (Regex ?? text) === '') {
      this.malformed('pre_tokenizer.pattern', 'has neither a Regex nor a String');
    }
    return part;
  }

  #refusePart(part: JsonObject): never {
    this.refuse('pre_tokenizer', part, 'only Split and Digits parts followed by one ByteLevel are implemented');
  }

  /** The template that adds nothing, and offsets, which are computed elsewhere, are all that may stand here. */
  checkPostProcessor(value: Json, field: string): void {
    if (value === null) return;
    const processor = this.object(value, field);
    if (processor.type === 'Sequence') {
      for (const part of this.list(processor.processors, `${field}.processors`)) this.checkPostProcessor(part, field);
      return;
    }
    const addsNothing =
      processor.type === 'ByteLevel' ||
      (processor.type === 'TemplateProcessing' &&
        Object.keys(this.object(processor.special_tokens ?? {}, `${field}.special_tokens`)).length === 0);
    if (!addsNothing) this.refuse(field, processor, 'special tokens around a text are the template`s to write');
  }

  normalization(value: Json, field: string): NormalizationForm[] {
    if (value === null) return [];
    const normalizer = this.object(value, field);
    switch (normalizer.type) {
      case 'NFC':
      case 'NFD':
      case 'NFKC':
      case 'NFKD':
        return [normalizer.type];
      case 'Sequence':
        return this.list(normalizer.normalizers, `${field}.normalizers`).flatMap((part) =>
          this.normalization(part, field),
        );
      default:
        return this.refuse(field, normalizer, 'only NFC, NFD, NFKC and NFKD are implemented');
    }
  }

  addedTokens(value: Json): AddedToken[] {
    return this.list(value, 'added_tokens').map((entry, index) => {
      const field = `added_tokens[${index}]`;
      return this.addedToken(entry, this.id(this.object(entry, field).id, `${field}.id`), field);
    });
  }
}
