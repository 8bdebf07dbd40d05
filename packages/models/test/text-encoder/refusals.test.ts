import { type Json, referenceBackend, type WeightEntry, type WeightStore } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { describe, expect, it } from 'vitest';
import { createDecoderTextEncoder } from '../../src/index.js';
import { expectedJson } from '../support/fixtures.js';
import { tinyOptions, tinyTextEncoder } from '../support/text-encoder.js';

type JsonObject = { readonly [key: string]: Json };

const options = await tinyOptions();
const config = options.config as JsonObject;
const text = config.text_config as JsonObject;
const { generations } = await expectedJson<{
  readonly generations: readonly { readonly prompt: string; readonly ids: readonly number[] }[];
}>('text-encoder');
/** Whose third token differs from the first two. */
const generation = generations.find(({ prompt }) => prompt === 'the shape')!;

describe('a config value that is not honoured', () => {
  it.each<[string, Json]>([
    ['hidden_act', 'gelu'],
    ['use_sliding_window', true],
    ['layer_types', ['full_attention', 'sliding_attention', 'full_attention']],
    ['num_key_value_heads', 3],
    ['head_dim', 7],
    ['model_type', 'gemma2'],
    ['partial_rotary_factor', 0.5],
    ['hidden_size', 'wide'],
    ['vocab_size', null],
  ])('%s = %j is refused by file and field', async (field, value) => {
    const changed = { ...config, text_config: { ...text, [field]: value } };
    const error = await refusalOf(() =>
      createDecoderTextEncoder({ ...options, config: changed, file: 'some/config.json' }),
    );
    expect(error.code).toBe('config');
    expect(error.details).toMatchObject({ file: 'some/config.json', field });
    expect(error.message).toContain('some/config.json');
  });

  it.each(['rope_parameters', 'rope_scaling'])('a kind of %s that is not implemented is refused', async (field) => {
    const changed = { ...config, text_config: { ...text, [field]: { rope_type: 'longrope', factor: 4 } } };
    const error = await refusalOf(() => createDecoderTextEncoder({ ...options, config: changed }));
    expect(error.code).toBe('config');
    expect(error.message).toMatch(`${field}: rope_type is "longrope"`);
  });
});

it('an end token that the tokenizer lacks is refused before the weights are loaded', async () => {
  let loads = 0;
  const reference = referenceBackend();
  const load: typeof reference.load = (...given) => {
    loads += 1;
    return reference.load(...given);
  };
  const refused = createDecoderTextEncoder({ ...options, backend: { ...reference, load }, endTokens: ['<|stop|>'] });
  expect(await refusalOf(() => refused)).toMatchObject({ code: 'config', details: { field: 'endTokens' } });
  expect(loads).toBe(0);
});

describe('weights', () => {
  function renamed(rename: (name: string) => string | undefined): WeightStore {
    const names = new Map(
      [...options.weights.names()].flatMap((name) => {
        const other = rename(name);
        return other === undefined ? [] : [[other, name] as const];
      }),
    );
    const get = (name: string): WeightEntry | undefined => {
      const entry = options.weights.get(names.get(name) ?? '');
      return entry && { ...entry, name };
    };
    return { name: 'renamed', names: () => names.keys(), get };
  }

  it('of the newer spelling are found, and a missing vision tower is not missed', async () => {
    const weights = renamed((name) =>
      name.startsWith('visual.') ? undefined : name.replace(/^model\./, 'model.language_model.'),
    );
    const encoder = await createDecoderTextEncoder({ ...options, weights });
    const expected = await tinyTextEncoder();
    const [got, wanted] = await Promise.all([encoder.encode(['a frog']), expected.encode(['a frog'])]);
    expect(got.hiddenStates.data).toEqual(wanted.hiddenStates.data);
    const [first] = encoder.sites;
    expect(await encoder.readWeight(first!.id)).toEqual(await expected.readWeight(first!.id));
  });

  it.each([
    ['model.embed_tokens.weight', 'model.embed_tokens.weight'],
    ['model.layers.1.self_attn.k_proj.bias', 'model.layers.1.self_attn.k_proj.bias'],
    ['lm_head.weight', 'lm_head.weight'],
  ])('a missing %s is named', async (missing) => {
    const weights = renamed((name) => (name === missing ? undefined : name));
    const error = await refusalOf(() => createDecoderTextEncoder({ ...options, weights }));
    expect(error.code).toBe('weight');
    expect(error.details.tensor).toBe(missing);
    expect(error.message).toContain(missing);
  });

  it('a weight of another shape is named', async () => {
    const changed = { ...config, text_config: { ...text, intermediate_size: 64 } };
    const error = await refusalOf(() => createDecoderTextEncoder({ ...options, config: changed }));
    expect(error.code).toBe('weight');
    expect(error.message).toMatch(/layers\.0\.mlp\.\w+\.weight.*\[48, 32\], expected \[64, 32\]/);
  });
});

describe('tokenizer and template', () => {
  it('a prefix of another length than the pipeline drops is refused, unless the length is said', async () => {
    const template = { prefix: '<|im_start|>user\n', suffix: '<|im_end|>\n<|im_start|>assistant\n' };
    const error = await refusalOf(() => createDecoderTextEncoder({ ...options, template }));
    expect(error.code).toBe('config');
    expect(error.message).toMatch(/prefix is 3 tokens, but the pipeline drops 34/);
    const encoder = await createDecoderTextEncoder({ ...options, template, droppedRows: 3 });
    expect(encoder.info).toMatchObject({ prefixLength: 3, suffixLength: 5 });
    expect(encoder.tokenize('frog').text).toBe(`${template.prefix}frog${template.suffix}`);
  });

  it('a tokenizer with more ids than embeddings is refused', async () => {
    const changed = { ...config, text_config: { ...text, vocab_size: 500 } };
    const error = await refusalOf(() => createDecoderTextEncoder({ ...options, config: changed }));
    expect(error.code).toBe('config');
    expect(error.details.field).toBe('vocab_size');
  });

  it('a prompt whose suffix would be cut is refused by how much', async () => {
    const encoder = await tinyTextEncoder();
    const fits = ' a'.repeat(507);
    expect(encoder.tokenize(fits).ids).toHaveLength(encoder.info.maxLength);
    const error = await refusalOf(() => encoder.tokenize(`${fits} a a`));
    expect(error.code).toBe('prompt');
    expect(error.message).toMatch(/514 tokens with the template's suffix.*cuts it to 512.*shorten it by 2/);
  });

  it('a text beyond 1024 tokens and the prefix is refused under every template', async () => {
    const encoder = await tinyTextEncoder();
    const long = 'a'.concat(' a'.repeat(1100));
    for (const template of ['chat', 'raw'] as const) {
      expect((await refusalOf(() => encoder.tokenize(long, { template }))).message).toMatch(/at most 1058 fit/);
    }
  });

  it('templates write what they should', async () => {
    const encoder = await tinyTextEncoder();
    expect(encoder.tokenize('frog', { template: 'raw' }).text).toBe('frog');
    expect(encoder.tokenize('frog', { template: 'chat' }).text).toBe(
      '<|im_start|>user\nfrog<|im_end|>\n<|im_start|>assistant\n',
    );
    const raw = encoder.encodeQuestion('the color of', 'deep blue', { template: 'raw' });
    expect(encoder.decode(raw.answerIds)).toBe(' deep blue');
    const chat = encoder.encodeQuestion('the color of', 'deep blue', { template: 'chat' });
    expect(encoder.decode(chat.answerIds)).toBe('deep blue');
  });

  it('an end token stops the answer and is not part of it', async () => {
    const json = options.tokenizer as JsonObject;
    const { vocab } = json.model as { readonly vocab: Readonly<Record<string, number>> };
    // Written in the alphabet of bytes, so that no text contains it.
    const [content] = Object.entries(vocab).find(([, id]) => id === generation.ids[2])!;
    expect(content).toMatch(/[^ -~]/);
    const end = { id: generation.ids[2]!, content, special: true };
    const tokenizer = { ...json, added_tokens: [...(json.added_tokens as Json[]), end] };
    const encoder = await tinyTextEncoder(undefined, { tokenizer, endTokens: [content] });
    const expected = encoder.decode(generation.ids.slice(0, 2)).trim();
    expect(expected).not.toBe('');
    expect(await encoder.generate(generation.prompt)).toBe(expected);
    const error = await refusalOf(() => tinyTextEncoder(undefined, { endTokens: ['<nothing>'] }));
    expect(error.details.field).toBe('endTokens');
  });
});

describe('the tap', () => {
  it.each([0, 4, -4, 1.5])('%s is refused', async (tap) => {
    expect((await refusalOf(() => tinyTextEncoder(undefined, { tap }))).details.field).toBe('tap');
  });

  it('sites above it are listed and cannot be edited', async () => {
    const encoder = await tinyTextEncoder(referenceBackend(), { tap: -2 });
    expect(encoder.sites.map((site) => site.reachesTap)).toEqual([...Array(6).fill(true), ...Array(3).fill(false)]);
    const delta = { kind: 'dense' as const, dOut: 48, dIn: 32, delta: new Float32Array(48 * 32) };
    const error = await refusalOf(() => encoder.pushDelta('layers.2.mlp.gate_proj', delta));
    expect(error.code).toBe('site');
    expect(error.message).toMatch(/layers\.2\.mlp\.gate_proj.*above the tap/);
  });

  it('an unknown role is refused', async () => {
    // What JavaScript callers may pass.
    const siteRoles = ['gate'] as unknown as readonly 'gate_proj'[];
    expect((await refusalOf(() => tinyTextEncoder(undefined, { siteRoles }))).details.field).toBe('siteRoles');
  });

  it('a site of a role that was not asked for names the option', async () => {
    const encoder = await tinyTextEncoder();
    const message = (site: string) => refusalOf(() => encoder.readWeight(site)).then((error) => error.message);
    expect(await message('layers.0.self_attn.q_proj')).toMatch(/no site.*siteRoles that name q_proj/);
    // The role is there, the layer is not.
    expect(await message('layers.9.mlp.up_proj')).toMatch(/a site is named like "layers\.0\.mlp\.gate_proj"/);
    expect(await message('conv1')).toMatch(/a site is named like/);
    const without = await tinyTextEncoder(undefined, { siteRoles: [] });
    expect(without.sites).toEqual([]);
    expect((await refusalOf(() => without.readWeight('conv1'))).message).toMatch(
      /named like "layers\.0\.mlp\.up_proj"/,
    );
  });
});
