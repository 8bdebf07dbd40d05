import { Tokenizer } from '@huggingface/tokenizers';
import { type Json, type JsonObject, MokusError, requireArgument, type TokenizedText } from '@mokus/core';
import { type AddedTokenSplitter, addedTokenSplitter, type TextPiece } from './added-tokens.js';
import { byteAlphabet, bytesOfToken, rangesOfBytes } from './byte-alphabet.js';
import { readByteLevelTokenizerJson } from './tokenizer-json.js';

/**
 * Byte-level BPE as tokenizer.json describes it. `@huggingface/tokenizers` splits and merges; added tokens (whole-word
 * matching, which the library leaves out) and offsets are found here. Nothing is added around a text.
 */
export class ByteLevelTokenizer {
  /** For messages. */
  readonly file: string;
  /** The smallest number that is larger than every id. */
  readonly idLimit: number;
  readonly #library: Tokenizer;
  readonly #normalize: (text: string) => string;
  readonly #splitGiven: AddedTokenSplitter;
  readonly #splitNormalized: AddedTokenSplitter;
  readonly #idOfAdded: ReadonlyMap<string, number>;
  readonly #bytesOfId: ReadonlyMap<number, Uint8Array>;
  /** SmolLM2's vocabulary lacks 21 of the 256, eight of which stand in valid UTF-8. */
  readonly #spelledBytes: ReadonlySet<number>;

  /**
   * Throws MokusError `unsupported` for a component that the library computes otherwise than Python, `config` for a
   * malformed file.
   */
  constructor(json: Json, file = 'tokenizer.json') {
    const { normalization, addedTokens, vocabulary, model, preTokenizer } = readByteLevelTokenizerJson(json, file);
    this.file = file;
    this.#library = libraryTokenizer(model, preTokenizer, file);
    this.#normalize = (text) => normalization.reduce((result, form) => result.normalize(form), text);
    const given = addedTokens.filter((token) => !token.normalized);
    this.#splitGiven = addedTokenSplitter(given, (text) => text);
    const normalized = addedTokens.filter((token) => token.normalized);
    this.#splitNormalized = addedTokenSplitter(normalized, this.#normalize);
    this.#idOfAdded = new Map(addedTokens.map(({ content, id }) => [content, id]));
    const utf8 = new TextEncoder();
    this.#bytesOfId = new Map([
      ...addedTokens.map(({ content, id }) => [id, utf8.encode(content)] as const),
      // Last, so that an added token that the vocabulary has too keeps the bytes that the model spells with it. A token
      // that is not written in the byte alphabet can only be an added one, spelled as it is.
      ...[...vocabulary].map(
        ([token, id]) => [id, Uint8Array.from(bytesOfToken(token) ?? utf8.encode(token))] as const,
      ),
    ]);
    this.#spelledBytes = new Set(byteAlphabet.flatMap((token, byte) => (vocabulary.has(token) ? [byte] : [])));
    this.idLimit = 1 + [...this.#bytesOfId.keys()].reduce((largest, id) => Math.max(largest, id), 0);
  }

  /** The id of an added token, by its spelling. */
  idOfAddedToken(content: string): number | undefined {
    return this.#idOfAdded.get(content);
  }

  /**
   * Token ids with the UTF-16 range that each covers; a token that holds part of a character covers all of it. `text` is
   * what the ranges refer to: the given text after the tokenizer's Unicode normalisation (NFC for Qwen), which changes
   * little or nothing.
   */
  encode(given: string): TokenizedText {
    const pieces = this.#splitGiven(given).flatMap((piece): TextPiece[] =>
      piece.token === undefined ? this.#splitNormalized(this.#normalize(piece.text)) : [piece],
    );
    const ids: number[] = [];
    const offsets: (readonly [number, number])[] = [];
    let text = '';
    for (const piece of pieces) {
      const start = text.length;
      text += piece.text;
      if (piece.token !== undefined) {
        ids.push(piece.token.id);
        offsets.push([start, text.length]);
      } else {
        this.#encodeStretch(piece.text, start, ids, offsets);
      }
    }
    return { ids, offsets, text };
  }

  #encodeStretch(text: string, start: number, ids: number[], offsets: (readonly [number, number])[]): void {
    const ranges = rangesOfBytes(text);
    let byte = 0;
    for (const id of this.#library.encode(text, { add_special_tokens: false }).ids) {
      const length = this.#bytesOf(id).length;
      const first = ranges[byte];
      const last = ranges[byte + length - 1];
      if (first === undefined || last === undefined) break;
      ids.push(id);
      offsets.push([start + first[0], start + last[1]]);
      byte += length;
    }
    if (byte !== ranges.length) {
      throw new MokusError(
        'prompt',
        `${this.file}: the tokens of ${JSON.stringify(text)} do not spell it${this.#whyNot(text)}`,
        { file: this.file },
      );
    }
  }

  /** Python leaves out a byte that no token spells; what a model then reads is another text. */
  #whyNot(text: string): string {
    const byte = new TextEncoder().encode(text).find((each) => !this.#spelledBytes.has(each));
    return byte === undefined ? '' : `: no token stands for byte ${byte}; leave the character out`;
  }

  /**
   * The text that ids spell, special tokens included. An id that is no token spells nothing, as in transformers: an
   * embedding table may have rows to spare, and a model may name one. Throws MokusError `input` for what is no list.
   */
  decode(ids: readonly number[]): string {
    requireArgument('ids', ids, Array.isArray(ids), 'give a list of token ids, also for one');
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(
      Uint8Array.from(ids.flatMap((id) => [...(this.#bytesOfId.get(id) ?? [])])),
    );
  }

  #bytesOf(id: number): Uint8Array {
    const bytes = this.#bytesOfId.get(id);
    if (bytes === undefined) throw new MokusError('input', `${this.file} has no token ${id}`, { file: this.file });
    return bytes;
  }
}

function libraryTokenizer(model: JsonObject, preTokenizer: JsonObject, file: string): Tokenizer {
  const absent = { normalizer: null, post_processor: null, decoder: null, added_tokens: [] };
  try {
    return new Tokenizer({ model, pre_tokenizer: preTokenizer, ...absent }, {});
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.slice(0, 200) : String(cause);
    throw new MokusError('unsupported', `${file} cannot be used here (${reason}); save the tokenizer again`, {
      file,
      cause,
    });
  }
}
