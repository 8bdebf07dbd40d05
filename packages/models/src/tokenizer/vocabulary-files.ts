import { type Json, type JsonObject, MokusError } from '@mokus/core';
import { TokenizerFields } from './tokenizer-fields.js';

/** What a tokenizer class of transformers adds to vocab.json and merges.txt, as components of a tokenizer.json. */
export interface VocabularyClass {
  readonly normalizer: Json;
  readonly preTokenizer: Json;
  /** By name, where no file names another. */
  readonly specialTokens: Readonly<Record<string, string>>;
}

/** As in transformers 5.24, models/qwen2/tokenization_qwen2.py. */
const qwen2: VocabularyClass = {
  normalizer: { type: 'NFC' },
  preTokenizer: {
    type: 'Sequence',
    pretokenizers: [
      {
        type: 'Split',
        pattern: {
          Regex:
            "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|" +
            '\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+',
        },
        behavior: 'Isolated',
        invert: false,
      },
      { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
    ],
  },
  specialTokens: { unk_token: '<|endoftext|>', eos_token: '<|endoftext|>', pad_token: '<|endoftext|>' },
};

/** As in models/gpt2/tokenization_gpt2.py. */
const gpt2: VocabularyClass = {
  normalizer: null,
  preTokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
  specialTokens: { unk_token: '<|endoftext|>', bos_token: '<|endoftext|>', eos_token: '<|endoftext|>' },
};

const classes: ReadonlyMap<string, VocabularyClass> = new Map([
  ['Qwen2Tokenizer', qwen2],
  ['Qwen2TokenizerFast', qwen2],
  ['GPT2Tokenizer', gpt2],
  ['GPT2TokenizerFast', gpt2],
]);

/** Throws MokusError `unsupported` for a class that is not known, since its pre-tokenizer stands in no file. */
export function vocabularyClass(config: JsonObject, file: string): VocabularyClass {
  const name = config.tokenizer_class ?? 'Qwen2Tokenizer';
  const known = typeof name === 'string' ? classes.get(name) : undefined;
  if (known !== undefined) return known;
  return new TokenizerFields(file).refuse(
    'tokenizer_class',
    name,
    `of vocab.json and merges.txt only ${[...classes.keys()].join(', ')} are read: save it as tokenizer.json`,
  );
}

/**
 * The merges of a merges.txt: two tokens a line, in order of rank, after an optional `#version` line. Throws MokusError
 * `config` naming file and line.
 */
export function parseMerges(text: string, file: string): Json {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines.flatMap((line, index) => {
    if (line.startsWith('#version')) return [];
    const parts = line.split(' ');
    if (parts.length === 2 && parts[0] !== '' && parts[1] !== '') return [parts];
    throw new MokusError(
      'config',
      `${file}: line ${index + 1} is ${JSON.stringify(line.slice(0, 100))}, not two tokens; download the file again`,
      { file, field: `line ${index + 1}` },
    );
  });
}
