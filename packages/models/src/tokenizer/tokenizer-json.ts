import { type Json, MokusError } from '@mokus/core';
import type { AddedToken } from './added-tokens.js';
import { byteAlphabet } from './byte-alphabet.js';

export type NormalizationForm = 'NFC' | 'NFD' | 'NFKC' | 'NFKD';

/** A tokenizer.json of a kind that is known to be computed right here. */
export interface ByteLevelTokenizerJson {
  /** Unicode normalisation, one after the other. */
  readonly normalization: readonly NormalizationForm[];
  readonly addedTokens: readonly AddedToken[];
  /** Byte-level tokens and their ids, added ones left out. */
  readonly vocabulary: ReadonlyMap<string, number>;
  readonly model: JsonObject;
  readonly preTokenizer: JsonObject;
}

type JsonObject = { readonly [key: string]: Json };

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
  const preTokenizer = reader.object(root.pre_tokenizer, 'pre_tokenizer');
  reader.checkPreTokenizer(preTokenizer);
  reader.checkPostProcessor(root.post_processor ?? null, 'post_processor');
  if (reader.object(root.decoder, 'decoder').type !== 'ByteLevel') {
    reader.refuse('decoder', root.decoder, 'only ByteLevel is decoded');
  }
  return {
    normalization: reader.normalization(root.normalizer ?? null, 'normalizer'),
    addedTokens: reader.addedTokens(root.added_tokens ?? []),
    vocabulary,
    model,
    preTokenizer,
  };
}

class TokenizerJsonReader {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  refuse(field: string, value: Json | undefined, why: string): never {
    const kind = isObject(value) && typeof value.type === 'string' ? value.type : JSON.stringify(value);
    throw new MokusError('unsupported', `${this.#file}: ${field} is ${kind}; ${why}`, { file: this.#file, field });
  }

  malformed(field: string, why: string): never {
    throw new MokusError('config', `${this.#file}: ${field} ${why}`, { file: this.#file, field });
  }

  object(value: Json | undefined, field: string): JsonObject {
    return isObject(value) ? value : this.malformed(field, 'is not an object');
  }

  list(value: Json | undefined, field: string): readonly Json[] {
    return Array.isArray(value) ? value : this.malformed(field, 'is not a list');
  }

  checkModel(model: JsonObject): void {
    if (model.type !== 'BPE') this.refuse('model', model, 'only byte-level BPE is implemented');
    for (const field of ['dropout', 'continuing_subword_prefix', 'end_of_word_suffix', 'byte_fallback']) {
      if (model[field]) this.refuse(`model.${field}`, model[field], 'it is not implemented');
    }
    this.list(model.merges, 'model.merges');
  }

  vocabulary(model: JsonObject): Map<string, number> {
    const vocabulary = new Map<string, number>();
    for (const [token, id] of Object.entries(this.object(model.vocab, 'model.vocab'))) {
      vocabulary.set(token, this.#id(id, `model.vocab["${token}"]`));
    }
    const missing = byteAlphabet.findIndex((character) => !vocabulary.has(character));
    if (missing >= 0) {
      this.malformed('model.vocab', `has no token for byte ${missing}: some text could not be encoded`);
    }
    return vocabulary;
  }

  checkPreTokenizer(preTokenizer: JsonObject): void {
    const parts =
      preTokenizer.type === 'Sequence'
        ? this.list(preTokenizer.pretokenizers, 'pre_tokenizer.pretokenizers')
        : [preTokenizer];
    parts.forEach((part, index) => {
      const isLast = index === parts.length - 1;
      const { type, ...options } = this.object(part, 'pre_tokenizer');
      if (type === 'ByteLevel' ? !isLast : type !== 'Split' || isLast) {
        this.refuse('pre_tokenizer', part, 'only Split parts followed by one ByteLevel are implemented');
      }
      if (options.add_prefix_space) this.refuse('pre_tokenizer.add_prefix_space', true, 'set it to false');
      if (type === 'Split' && (options.behavior !== 'Isolated' || options.invert)) {
        this.refuse('pre_tokenizer.behavior', options.behavior, 'only Isolated, not inverted, is implemented');
      }
    });
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
      const token = this.object(entry, field);
      const { content } = token;
      if (typeof content !== 'string' || content === '') this.malformed(`${field}.content`, 'is not a text');
      return {
        id: this.#id(token.id, `${field}.id`),
        content,
        singleWord: token.single_word === true,
        lstrip: token.lstrip === true,
        rstrip: token.rstrip === true,
        normalized: token.normalized === true,
      };
    });
  }

  #id(value: Json | undefined, field: string): number {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
      this.malformed(field, 'is not a token id');
    }
    return value;
  }
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
