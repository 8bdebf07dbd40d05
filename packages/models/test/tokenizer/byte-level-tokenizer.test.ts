import type { Json } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { describe, expect, it } from 'vitest';
import { ByteLevelTokenizer } from '../../src/index.js';
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

describe('a tokenizer.json that the library would get wrong', () => {
  it.each<[string, { readonly [key: string]: Json }, string]>([
    ['WordPiece', { model: { type: 'WordPiece', vocab: {} } }, 'model'],
    ['dropout', { model: { ...(json.model as object), dropout: 0.1 } }, 'model.dropout'],
    ['Lowercase', { normalizer: { type: 'Lowercase' } }, 'normalizer'],
    ['Digits', { pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'Digits' }] } }, 'pre_tokenizer'],
    [
      'Split MergedWithNext',
      {
        pre_tokenizer: {
          type: 'Sequence',
          pretokenizers: [
            { type: 'Split', pattern: { String: ' ' }, behavior: 'MergedWithNext' },
            { type: 'ByteLevel', add_prefix_space: false },
          ],
        },
      },
      'pre_tokenizer.behavior',
    ],
    [
      'add_prefix_space',
      { pre_tokenizer: { type: 'ByteLevel', add_prefix_space: true } },
      'pre_tokenizer.add_prefix_space',
    ],
    [
      'a post-processor',
      { post_processor: { type: 'BertProcessing', sep: ['x', 0], cls: ['y', 1] } },
      'post_processor',
    ],
    ['a Metaspace decoder', { decoder: { type: 'Metaspace' } }, 'decoder'],
  ])('%s is refused by file and field', async (_name, change, field) => {
    const error = await refusalOf(() => new ByteLevelTokenizer({ ...json, ...change }, 'some/tokenizer.json'));
    expect(error.code).toBe('unsupported');
    expect(error.details).toMatchObject({ file: 'some/tokenizer.json', field });
    expect(error.message).toContain('some/tokenizer.json');
  });

  it.each<[string, Json]>([
    ['a list', []],
    ['no model', {}],
    ['a byte without a token', { ...json, model: { type: 'BPE', vocab: { a: 0 }, merges: [] } }],
    ['an id that is no number', { ...json, added_tokens: [{ content: 'x', id: '1' }] }],
  ])('%s is a config error', async (_name, broken) => {
    expect((await refusalOf(() => new ByteLevelTokenizer(broken))).code).toBe('config');
  });

  it('an id that is not there cannot be decoded', async () => {
    expect((await refusalOf(() => tokenizer.decode([99_999]))).code).toBe('input');
  });
});
