import type { Json } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { describe, expect, it } from 'vitest';
import { ByteLevelTokenizer } from '../../src/index.js';
import { byteAlphabet } from '../../src/tokenizer/byte-alphabet.js';
import { expectedJson, readModelJson } from '../support/fixtures.js';

interface Case {
  readonly text: string;
  readonly ids: readonly number[];
  readonly offsets: readonly (readonly [number, number])[];
  readonly decoded: string;
}

const json = (await readModelJson('tokenizer/tokenizer.json')) as { readonly [key: string]: Json };
const tokenizer = new ByteLevelTokenizer(json);
const cases = await expectedJson<readonly Case[]>('tokenizer');
const encoded = cases.map((each) => ({ ...each, got: tokenizer.encode(each.text) }));

describe('the tokenizer gives what Hugging Face tokenizers give', () => {
  it.each(encoded)('ids of %j', ({ ids, got }) => {
    expect(got.ids).toEqual(ids);
  });

  it.each(encoded.filter(({ text }) => text.normalize('NFC') === text))('UTF-16 offsets of %j', ({ offsets, got }) => {
    expect(got.offsets).toEqual(offsets);
  });

  // Python spells an added token with a character outside ASCII in bytes that are not UTF-8; here it stays itself.
  it.each(encoded.filter(({ text }) => !/[éÉ]clair|e\u0301clair/.test(text)))('decoding of %j', ({ decoded, got }) => {
    expect(tokenizer.decode(got.ids)).toBe(decoded);
  });
});

describe('offsets', () => {
  it.each(encoded)('cover the text from end to end: %j', ({ got }) => {
    let reached = 0;
    for (const [start, end] of got.offsets) {
      expect(start).toBeLessThanOrEqual(reached);
      expect(end).toBeGreaterThan(start);
      reached = Math.max(reached, end);
    }
    expect(reached).toBe(got.text.length);
  });

  it('refer to the normalised text', () => {
    const { text, offsets } = tokenizer.encode('cafe\u0301 frog');
    expect(text).toBe('caf\u00e9 frog');
    const [start, end] = offsets.at(-1)!;
    expect(text.slice(start, end)).toBe(' frog');
  });
});

/** A pre-tokenizer of the given parts, byte level last. */
function sequence(...parts: readonly Json[]): Json {
  return { type: 'Sequence', pretokenizers: [...parts, { type: 'ByteLevel', add_prefix_space: false }] };
}

/** A component, the change to tokenizer.json that uses it, the field that is named, and what is said. */
type Refused = [string, { readonly [key: string]: Json }, string, RegExp];

describe('a component that the library would get wrong, or does not have', () => {
  it.each<Refused>([
    ...['WordPiece', 'Unigram', 'WordLevel'].map(
      (type): Refused => [
        type,
        { model: { type, vocab: [['a', 0]], byte_fallback: true } },
        'model',
        new RegExp(`model is ${type}`),
      ],
    ),
    ...['Lowercase', 'Precompiled', 'Nmt', 'ByteLevel', 'BertNormalizer', 'Prepend', 'Strip', 'StripAccents'].map(
      (type): Refused => [
        type,
        { normalizer: { type: 'Sequence', normalizers: [{ type: 'NFC' }, { type }] } },
        'normalizer',
        new RegExp(`normalizer is ${type}`),
      ],
    ),
    ...[
      'Whitespace',
      'WhitespaceSplit',
      'Punctuation',
      'Metaspace',
      'UnicodeScripts',
      'CharDelimiterSplit',
      'BertPreTokenizer',
      'FixedLength',
    ].map(
      (type): Refused => [
        type,
        { pre_tokenizer: sequence({ type }) },
        'pre_tokenizer',
        new RegExp(`pre_tokenizer is ${type}`),
      ],
    ),
    ...['Removed', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous'].map(
      (behavior): Refused => [
        `Split ${behavior}`,
        { pre_tokenizer: sequence({ type: 'Split', pattern: { String: ' ' }, behavior }) },
        'pre_tokenizer.behavior',
        new RegExp(`pre_tokenizer.behavior is "${behavior}"`),
      ],
    ),
    [
      'an inverted Split',
      { pre_tokenizer: sequence({ type: 'Split', pattern: { String: ' ' }, behavior: 'Isolated', invert: true }) },
      'pre_tokenizer.behavior',
      /not inverted/,
    ],
    ['dropout', { model: { ...(json.model as object), dropout: 0.1 } }, 'model.dropout', /model.dropout is 0.1/],
    [
      'byte_fallback',
      { model: { ...(json.model as object), byte_fallback: true } },
      'model.byte_fallback',
      /model.byte_fallback is true/,
    ],
    [
      'end_of_word_suffix',
      { model: { ...(json.model as object), end_of_word_suffix: '</w>' } },
      'model.end_of_word_suffix',
      /"<\/w>"/,
    ],
    [
      'add_prefix_space',
      { pre_tokenizer: { type: 'ByteLevel', add_prefix_space: true } },
      'pre_tokenizer.add_prefix_space',
      /add_prefix_space is true/,
    ],
    [
      'a post-processor',
      { post_processor: { type: 'BertProcessing', sep: ['x', 0], cls: ['y', 1] } },
      'post_processor',
      /BertProcessing/,
    ],
    ['a Metaspace decoder', { decoder: { type: 'Metaspace' } }, 'decoder', /decoder is Metaspace/],
    ['a decoder that is not there', { decoder: { type: 7 } }, 'decoder', /decoder is an object;/],
  ])('%s is refused by file, field and name', async (_name, change, field, message) => {
    const error = await refusalOf(() => new ByteLevelTokenizer({ ...json, ...change }, 'some/tokenizer.json'));
    expect(error.code).toBe('unsupported');
    expect(error.details).toMatchObject({ file: 'some/tokenizer.json', field });
    expect(error.message).toContain('some/tokenizer.json');
    expect(error.message).toMatch(message);
  });
});

it('an id that is no token spells nothing', () => {
  const { ids } = tokenizer.encode('a tree frog');
  expect(tokenizer.decode([99_999, ...ids, tokenizer.idLimit])).toBe(tokenizer.decode(ids));
});

describe('a tokenizer.json that is malformed', () => {
  it.each<[string, Json]>([
    ['a list', []],
    ['no model', {}],
    ['an id that is no number', { ...json, added_tokens: [{ content: 'x', id: '1' }] }],
    ['a merge that is no pair', { ...json, model: { ...(json.model as object), merges: [['a']] } }],
    ['no pre-tokenizer', { ...json, pre_tokenizer: { type: 'Sequence', pretokenizers: [] } }],
    [
      'a pattern of no kind',
      { ...json, pre_tokenizer: sequence({ type: 'Split', pattern: {}, behavior: 'Isolated' }) },
    ],
    ['a pre-tokenizer that is a text', { ...json, pre_tokenizer: 'ByteLevel' }],
  ])('%s is a config error', async (_name, broken) => {
    expect((await refusalOf(() => new ByteLevelTokenizer(broken))).code).toBe('config');
  });

  it('a pattern that is no regular expression is refused', async () => {
    const part = { type: 'Split', pattern: { Regex: '(?<' }, behavior: 'Isolated', invert: false };
    const error = await refusalOf(() => new ByteLevelTokenizer({ ...json, pre_tokenizer: sequence(part) }, 'a.json'));
    expect(error).toMatchObject({ code: 'unsupported', details: { file: 'a.json' } });
  });
});

describe('a vocabulary that lacks a byte, as SmolLM2`s does', () => {
  const model = json.model as { readonly [key: string]: Json };
  const { [byteAlphabet[4]!]: lost, ...vocab } = model.vocab as { readonly [key: string]: Json };
  const lacking = new ByteLevelTokenizer({ ...json, model: { ...model, vocab } });

  it('gives the ids of the whole one for other text', () => {
    expect(lost).toBeTypeOf('number');
    expect(lacking.encode('a tree frog')).toEqual(tokenizer.encode('a tree frog'));
  });

  it('refuses a text that has the byte, which Python would leave out', async () => {
    expect(tokenizer.encode('a\u0004b').ids).toContain(lost);
    const error = await refusalOf(() => lacking.encode('a\u0004b'));
    expect(error.code).toBe('prompt');
    expect(error.message).toContain('no token stands for byte 4');
  });
});
