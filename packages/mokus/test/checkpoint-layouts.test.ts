/** One text encoder in the layouts that checkpoints have: each computes the same. */
import { checkpointFiles, memoryFolder } from '@mokus/checkpoint';
import { nodeFolder } from '@mokus/checkpoint/node';
import { createArchitectureRegistry, type Json, MokusError, referenceBackend, type TextEncoder } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { registerQwenImage } from '@mokus/models';
import { type Dtype, fromFloats, type TensorToWrite, toFloat32Array, writeSafetensors } from '@mokus/safetensors';
import { describe, expect, it } from 'vitest';
import { tinyFolder } from './support/tiny-folder.js';

type JsonObject = { readonly [key: string]: Json };

const folder = await nodeFolder(tinyFolder);
const source = checkpointFiles(folder);
const config = (await source.readJson('text_encoder/config.json')) as JsonObject;
const tensors = await storedTensors();
const prompts = ['a tree frog', 'What is the color of the sea?'];

interface Values {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

async function storedTensors(): Promise<ReadonlyMap<string, Values>> {
  const weights = await source.weights('text_encoder');
  const found = new Map<string, Values>();
  for (const name of weights.names()) {
    const entry = weights.get(name);
    if (entry === undefined) continue;
    const bytes = await entry.source.read(entry.offset, entry.length);
    found.set(name, { shape: entry.shape, values: toFloat32Array(bytes, 'F32') });
  }
  return found;
}

interface Layout {
  readonly config?: Json;
  readonly rename?: (name: string) => string | undefined;
  readonly dtype?: Extract<Dtype, 'F32' | 'F16' | 'BF16'>;
  readonly shards?: number;
}

/** The tiny text encoder and its tokenizer in memory. */
async function files({
  rename = (name) => name,
  dtype = 'F32',
  shards = 1,
  ...rest
}: Layout): Promise<Map<string, Uint8Array>> {
  const result = new Map<string, Uint8Array>();
  for (const path of ['tokenizer/tokenizer.json', 'tokenizer/tokenizer_config.json']) {
    const file = await folder.open(path);
    result.set(path, await file.read(0, file.size));
  }
  const utf8 = new TextEncoder();
  result.set('text_encoder/config.json', utf8.encode(JSON.stringify(rest.config ?? config)));
  const parts = Array.from({ length: shards }, (): TensorToWrite[] => []);
  const map: Record<string, string> = {};
  let at = 0;
  for (const [original, { shape, values }] of tensors) {
    const name = rename(original);
    if (name === undefined) continue;
    const part = at++ % shards;
    parts[part]?.push({ name, dtype, shape, data: fromFloats(values, dtype) });
    map[name] = `model-${part}.safetensors`;
  }
  for (const [part, each] of parts.entries()) {
    const name = shards === 1 ? 'model.safetensors' : `model-${part}.safetensors`;
    result.set(`text_encoder/${name}`, await writeSafetensors(each));
  }
  if (shards > 1) {
    result.set('text_encoder/model.safetensors.index.json', utf8.encode(JSON.stringify({ weight_map: map })));
  }
  return result;
}

async function load(layout: Layout, changed: readonly (readonly [string, Json])[] = []): Promise<TextEncoder> {
  const registry = registerQwenImage(createArchitectureRegistry());
  const factory = registry.textEncoders.get('Qwen2_5_VLForConditionalGeneration');
  if (factory === undefined) throw new Error('the registry has no text encoder');
  const texts = changed.map(([path, json]) => [path, new TextEncoder().encode(JSON.stringify(json))] as const);
  const checkpoint = checkpointFiles(memoryFolder('here', new Map([...(await files(layout)), ...texts])));
  return factory({ files: checkpoint, component: 'text_encoder', backend: referenceBackend() });
}

async function states(layout: Layout): Promise<Float32Array> {
  const encoder = await load(layout);
  const { hiddenStates } = await encoder.encode(prompts);
  await encoder.dispose();
  return hiddenStates.data;
}

function relativeError(actual: Float32Array, expected: Float32Array): number {
  const errors = expected.map((value, at) => Math.abs((actual[at] ?? Number.NaN) - value));
  return Math.max(...errors) / Math.max(...expected.map(Math.abs));
}

const text = config.text_config as JsonObject;
const { text_config: _text, ...top } = config;
const expected = await states({});

describe('the same states come from', () => {
  it.each<[string, Layout]>([
    ['shards', { shards: 3 }],
    ['model.language_model.* and model.visual.*', { rename: newerNames }],
    ['weights without a vision tower', { rename: (name) => (name.startsWith('visual.') ? undefined : name) }],
    [
      'shards of the newer names without a vision tower',
      { shards: 2, rename: (name) => newerNames(withoutVision(name)) },
    ],
    ['a config whose fields stand at the top', { config: { ...top, ...text, model_type: 'qwen2_5_vl' } }],
    [
      'rope_theta and rope_scaling',
      {
        config: {
          ...config,
          text_config: {
            ...withoutRope(text),
            rope_theta: 1e6,
            rope_scaling: { type: 'mrope', mrope_section: [1, 1, 2] },
          },
        },
      },
    ],
  ])('%s', async (_name, layout) => {
    expect(await states(layout)).toEqual(expected);
  });

  it.each<['F16' | 'BF16', number]>([
    // Some ten times the unit roundoff, 2^-11 and 2^-8: the rounding of the weights themselves, through three layers.
    ['F16', 0.005],
    ['BF16', 0.05],
  ])('%s, but for its rounding', async (dtype, most) => {
    const rounded = await states({ dtype });
    expect(relativeError(rounded, expected)).toBeGreaterThan(0);
    expect(relativeError(rounded, expected)).toBeLessThan(most);
  });
});

describe('tied embeddings', () => {
  const withoutHead = (name: string): string | undefined => (name === 'lm_head.weight' ? undefined : name);

  it.each<[string, Json]>([
    ['at the top', { ...config, tie_word_embeddings: true }],
    ['in text_config', { ...config, tie_word_embeddings: false, text_config: { ...text, tie_word_embeddings: true } }],
  ])('said %s need no lm_head, and give the table`s logits', async (_name, tied) => {
    const encoder = await load({ config: tied, rename: withoutHead });
    const batch = [[1, 2, 3]];
    const row = { sequence: 0, position: 2 };
    const { logits, hidden } = await encoder.forward({ batch, logits: [row], hidden: [row] });
    const table = tensors.get('model.embed_tokens.weight');
    const size = encoder.info.hiddenSize;
    const byHand = Float32Array.from({ length: encoder.info.vocabSize }, (_, id) =>
      hidden.data.reduce((sum, value, at) => sum + value * (table?.values[id * size + at] ?? 0), 0),
    );
    // Both are sums of 32 products, here of states that were rounded to fp32: 32 times its unit roundoff, 6e-8.
    expect(relativeError(logits.data, byHand)).toBeLessThan(2e-6);
    await encoder.dispose();
  });

  it('that are not said leave lm_head missing, by its name', async () => {
    const error = await refusalOf(() => load({ rename: withoutHead }));
    expect(error).toMatchObject({ code: 'weight', details: { tensor: 'lm_head.weight' } });
  });
});

describe('a folder that does not fit together is refused by file and tensor', () => {
  it.each<[string, string, Json]>([
    ['config', 'here/text_encoder/config.json', { ...config, text_config: { ...text, vocab_size: 400 } }],
    ['weight', 'text_encoder/model.safetensors', { ...config, text_config: { ...text, hidden_size: 64 } }],
    ['weight', 'text_encoder/model.safetensors', { ...config, text_config: { ...text, vocab_size: 600 } }],
    ['weight', 'layers.3', { ...config, text_config: { ...text, num_hidden_layers: 4, layer_types: null } }],
    ['config', 'num_hidden_layers', { ...config, text_config: { ...text, num_hidden_layers: 1e9 } }],
  ])('%s: %s', async (code, place, changed) => {
    const error = await refusalOf(() => load({ config: changed }));
    expect(MokusError.isInstance(error)).toBe(true);
    expect(error.code).toBe(code);
    expect(error.message).toContain(place);
  });
});

it('a tokenizer that makes more tokens of the prefix than the pipeline drops is refused by its file', async () => {
  const tokenizer = (await source.readJson('tokenizer/tokenizer.json')) as { readonly model: JsonObject };
  const path = 'tokenizer/tokenizer.json';
  const without = { ...tokenizer, model: { ...tokenizer.model, merges: [] } };
  const error = await refusalOf(() => load({}, [[path, without]]));
  expect(error).toMatchObject({ code: 'config', details: { file: `here/${path}` } });
  expect(error.message).toMatch(/prefix is \d+ tokens, but the pipeline drops 34/);
});

function newerNames(name: string | undefined): string | undefined {
  return name?.replace(/^model\./, 'model.language_model.').replace(/^visual\./, 'model.visual.');
}

function withoutVision(name: string): string | undefined {
  return name.startsWith('visual.') ? undefined : name;
}

function withoutRope({ rope_parameters: _, ...rest }: JsonObject): JsonObject {
  return rest;
}
