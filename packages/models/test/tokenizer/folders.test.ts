/** Tokenizer folders in the layouts that checkpoints have; the ids are those of transformers (tools/models-fixtures). */
import { readFile } from 'node:fs/promises';
import type { CheckpointFiles, Json } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { describe, expect, it } from 'vitest';
import { readTokenizer } from '../../src/index.js';
import { fixtureFolder, memoryFiles } from '../support/checkpoint-files.js';

const fixtures = new URL('../fixtures/tokenizers/', import.meta.url);
const expected: { readonly texts: readonly string[]; readonly ids: Readonly<Record<string, number[][]>> } = JSON.parse(
  await readFile(new URL('expected.json', fixtures), 'utf8'),
);
const folders = Object.keys(expected.ids);

async function files(name: string, change: Readonly<Record<string, Json | undefined>> = {}): Promise<CheckpointFiles> {
  return memoryFiles({ ...(await fixtureFolder(new URL(`${name}/`, fixtures))), ...change });
}

describe.each(folders)('the tokenizer of %s', async (name) => {
  const tokenizer = await readTokenizer(await files(name), '');

  it.each(expected.texts.map((text, index) => [text, expected.ids[name]?.[index]] as const))('%j', (text, ids) => {
    expect(tokenizer.encode(text).ids).toEqual(ids);
  });
});

describe.each([
  ['the tiny model', '../fixtures/tiny-qwen-image/tokenizer/'],
  ['emoji world', '../../../emoji-world/model/tokenizer/'],
])('the tokenizer of %s', (_name, path) => {
  it('gives the same ids and offsets as vocab.json, merges.txt and added_tokens_decoder', async () => {
    const { 'tokenizer.json': json, 'tokenizer_config.json': config } = await fixtureFolder(
      new URL(path, import.meta.url),
    );
    const { model, added_tokens: added } = json as unknown as {
      readonly model: { readonly vocab: Json; readonly merges: readonly (readonly string[])[] };
      readonly added_tokens: readonly { readonly id: number }[];
    };
    const split = memoryFiles({
      'tokenizer/vocab.json': model.vocab,
      'tokenizer/merges.txt': model.merges.map((merge) => `${merge.join(' ')}\n`).join(''),
      'tokenizer/tokenizer_config.json': {
        ...(config as { readonly [key: string]: Json }),
        added_tokens_decoder: Object.fromEntries(added.map(({ id, ...token }) => [id, token])),
      },
    });
    const whole = memoryFiles({ 'tokenizer/tokenizer.json': json });
    const [fromSplit, fromWhole] = await Promise.all([split, whole].map((each) => readTokenizer(each, 'tokenizer')));
    for (const text of expected.texts) expect(fromSplit?.encode(text)).toEqual(fromWhole?.encode(text));
    expect(fromSplit?.idLimit).toBe(fromWhole?.idLimit);
  });
});

describe('a tokenizer folder is refused', () => {
  const vocabulary = ['vocab.json', 'merges.txt', 'tokenizer_config.json'];

  it.each([
    [{ 'vocab.json': undefined, 'merges.txt': undefined }, 'vocab.json'],
    [{ 'merges.txt': undefined }, 'merges.txt'],
  ])('without files: %j', async (change, file) => {
    const error = await refusalOf(async () => readTokenizer(await files('qwen2-vocab', change), ''));
    expect(error).toMatchObject({ code: 'checkpoint', details: { file } });
    expect(error.message).toContain('here/tokenizer.json does not exist');
  });

  it.each<[string, string, Json, RegExp]>([
    ['a class of another kind', 'tokenizer_config.json', { tokenizer_class: 'BertTokenizer' }, /tokenizer_class is/],
    ['a class that is no text', 'tokenizer_config.json', { tokenizer_class: 7 }, /tokenizer_class is 7/],
    ['tokens around every text', 'tokenizer_config.json', { add_bos_token: true }, /add_bos_token is true/],
    ['a space before it', 'tokenizer_config.json', { add_prefix_space: true }, /add_prefix_space is true/],
    ['special tokens read as text', 'tokenizer_config.json', { split_special_tokens: true }, /split_special_tokens/],
  ])('%s', async (_name, file, content, message) => {
    const error = await refusalOf(async () => readTokenizer(await files('qwen2-vocab', { [file]: content }), ''));
    expect(error.code).toBe('unsupported');
    expect(error.message).toMatch(message);
    expect(error.message).toContain(`here/${file}`);
  });

  it.each<[string, string, Json, RegExp]>([
    ['a merge of three', 'merges.txt', 'a b\nb c d\n', /merges.txt: line 2 is "b c d", not two tokens/],
    ['an empty line', 'merges.txt', 'a b\n\na c\n', /line 2/],
    ['a merge that the vocabulary lacks', 'merges.txt', 'q z\n', /merges\[0\] needs "qz"/],
    ['a vocabulary that is a list', 'vocab.json', [], /vocab.json: model.vocab is not an object/],
    ['an id that is no number', 'vocab.json', { a: 'b' }, /model.vocab\["a"\] is not a token id/],
    ['an id below 0', 'vocab.json', { a: -1 }, /is not a token id/],
    ['an added token with a broken id', 'added_tokens.json', { '<x>': 1.5 }, /added_tokens.json.*<x>/],
    ['an added token that is another one', 'added_tokens.json', { a: 399 }, /"a" is token \d+ here and 399 beside/],
    ['an added token over one of the vocabulary', 'added_tokens.json', { '<x>': 3 }, /"\$" and "<x>" are both token 3/],
    ['two added tokens of one id', 'added_tokens.json', { '<x>': 399, '<y>': 399 }, /are both token 399/],
    [
      'a decoder with a name for an id',
      'tokenizer_config.json',
      { added_tokens_decoder: { x: { content: 'x' } } },
      /tokenizer_config.json: added_tokens_decoder\["x"\] is not a token id/,
    ],
    [
      'a decoder without content',
      'tokenizer_config.json',
      { added_tokens_decoder: { 400: {} } },
      /added_tokens_decoder\["400"\].content is not a text/,
    ],
  ])('%s', async (_name, file, content, message) => {
    const error = await refusalOf(async () => readTokenizer(await files('qwen2-vocab', { [file]: content }), ''));
    expect(error.code).toBe('config');
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(new RegExp(`here/(?:${[...vocabulary, 'added_tokens.json'].join('|')})`));
  });
});
