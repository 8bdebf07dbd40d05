import { readFile } from 'node:fs/promises';
import { cpuBackend } from '@mokus/backend-cpu';
import {
  type Backend,
  type HostTensor,
  i32Tensor,
  type Json,
  type Row,
  requireF32,
  type TextEncoder,
} from '@mokus/core';
import { crossEntropy, Graph, gradients, type Value } from '@mokus/graph';
import { afterAll, describe, expect, it } from 'vitest';
import { createDecoderTextEncoder, type DecoderTextEncoderOptions } from '../../src/index.js';
import { readDecoderConfig } from '../../src/text-encoder/decoder-config.js';
import { expectedTensors, fileWeights, readModelJson, relativeError } from '../support/fixtures.js';

const names = [
  'qwen2',
  'qwen2-tied',
  'qwen2-yarn',
  'qwen2_5_vl_text',
  'qwen3',
  'qwen3-bias',
  'llama',
  'llama-linear',
  'llama-dynamic',
  'llama3',
];

async function readJson(name: string, file: string): Promise<Json> {
  return JSON.parse(await readFile(new URL(`../fixtures/decoders/${name}/${file}`, import.meta.url), 'utf8'));
}

const backend: Backend = cpuBackend();

type Fields = { readonly [key: string]: Json };

async function makeEncoder(name: string, options: Partial<DecoderTextEncoderOptions> = {}): Promise<TextEncoder> {
  return createDecoderTextEncoder({
    config: await readJson(name, 'config.json'),
    tokenizer: await readModelJson('tokenizer/tokenizer.json'),
    weights: await fileWeights(`decoders/${name}/model.safetensors`),
    backend,
    siteRoles: ['gate_proj', 'up_proj', 'down_proj', 'q_proj', 'v_proj'],
    ...options,
  });
}

async function readExpected(name: string) {
  const expected = await expectedTensors('expected', `decoders/${name}`);
  const integers = (tensor: string): number[] => [...new Int32Array(Uint8Array.from(expected.bytes(tensor)).buffer)];
  const [, width = 0] = expected.bool('mask').shape;
  const ids = integers('ids');
  const valid = expected.bool('mask').data;
  const batch = [0, 1].map((sequence) =>
    ids.slice(sequence * width, (sequence + 1) * width).filter((_, at) => valid[sequence * width + at] === 1),
  );
  const flat = integers('rows');
  const rows: Row[] = Array.from({ length: flat.length / 2 }, (_, row) => ({
    sequence: flat[2 * row] as number,
    position: flat[2 * row + 1] as number,
  }));
  return { expected, batch, rows, labels: integers('labels') };
}

/** The mean cross-entropy of rows of logits, and its gradient. */
async function crossEntropyOf(
  logits: HostTensor<'f32'>,
  labels: readonly number[],
): Promise<{ readonly value: number; readonly gradient: HostTensor<'f32'> }> {
  const graph = new Graph();
  const input = graph.input('logits', 'f32', logits.shape);
  const value = crossEntropy(input, graph.input('labels', 'i32', [labels.length]));
  graph.output('value', value);
  graph.output('gradient', gradients([{ value, cotangent: graph.constant('f32', [], [1]) }], [input])[0] as Value);
  const nothing = { name: 'no weights', get: () => undefined, names: () => [] };
  const module = await backend.load(nothing, { loss: graph.build() });
  const results = await module.run('loss', { logits, labels: i32Tensor([labels.length], labels) });
  await module.dispose();
  return {
    value: requireF32(results.value!, 'the loss').data[0]!,
    gradient: requireF32(results.gradient!, 'the gradient'),
  };
}

function valuesAt(states: HostTensor<'f32'>, rows: readonly Row[]): number[] {
  const [, length = 0, size = 0] = states.shape;
  return rows.flatMap(({ sequence, position }) => {
    const start = (sequence * length + position) * size;
    return [...states.data.subarray(start, start + size)];
  });
}

/** transformers computes in fp32 itself. */
const bound = 1e-4;

describe.each(names)('the decoder of %s computes what transformers does', (name) => {
  let shared: Promise<TextEncoder> | undefined;
  const encoder = (): Promise<TextEncoder> => {
    shared ??= makeEncoder(name);
    return shared;
  };
  afterAll(async () => (await shared)?.dispose());

  it.each([1, 2])('hidden states %i of a padded batch', async (tap) => {
    const { expected, batch } = await readExpected(name);
    const rows = rowsOf(batch);
    const tapped = await makeEncoder(name, { tap });
    const { hidden } = await tapped.forward({ batch, hidden: rows });
    expect(relativeError(hidden.data, valuesAt(expected.f32(`hidden.${tap}`), rows))).toBeLessThan(bound);
    await tapped.dispose();
  });

  it('logits, cross-entropy, and its gradient at gate, up, down, q and v', async () => {
    const { expected, batch, rows, labels } = await readExpected(name);
    const { logits } = await (await encoder()).forward({ batch, logits: rows });
    expect(relativeError(logits.data, expected.f32('logits').data)).toBeLessThan(bound);
    const { value, gradient } = await crossEntropyOf(logits, labels);
    expect(relativeError([value], expected.f32('loss').data)).toBeLessThan(bound);
    const sites = (await encoder()).sites.map((site) => site.id);
    expect(sites).toHaveLength(10);
    const cotangents = { logits: { rows, values: gradient } };
    const captures = await (await encoder()).capture({ batch, sites, rows, cotangents });
    for (const site of sites) {
      const wanted = expected.f32(`${site}.outputGradient`);
      expect(relativeError(captures.get(site)!.outputGradient!.data, wanted.data), site).toBeLessThan(bound);
    }
  });

  it('greedy answers', async () => {
    const greedy = (await readJson(name, 'greedy.json')) as unknown as readonly Greedy[];
    expect(greedy).toHaveLength(2);
    for (const { question, answer } of greedy) {
      const found = await (await encoder()).generate(question, { template: 'raw', maxNewTokens: 8 });
      expect(found).toBe(answer.trim());
    }
  });

  it('a padded batch as its members alone', async () => {
    const { batch } = await readExpected(name);
    const rows = rowsOf(batch);
    const together = await (await encoder()).forward({ batch, hidden: rows, logits: rows });
    const alone = await Promise.all(
      batch.map(async (sequence) => {
        const own = rowsOf([sequence]);
        return (await encoder()).forward({ batch: [sequence], hidden: own, logits: own });
      }),
    );
    for (const part of ['hidden', 'logits'] as const) {
      const members = alone.flatMap((each) => [...each[part].data]);
      expect(relativeError(together[part].data, members), part).toBeLessThan(1e-6);
    }
  });
});

interface Greedy {
  readonly question: string;
  readonly answer: string;
}

function rowsOf(batch: readonly (readonly number[])[]): Row[] {
  return batch.flatMap((ids, sequence) => ids.map((_, position) => ({ sequence, position })));
}

describe('the spellings of a config', () => {
  it.each(names)('%s: older fields at the top or in text_config are the same', async (name) => {
    const { rope_parameters: rope, ...rest } = { ...(await readFields(name)), ...(await readTextFields(name)) };
    const { rope_theta: theta, rope_type: type, ...scaling } = rope as Fields;
    const older = { ...rest, rope_theta: theta!, rope_scaling: { ...scaling, type: type! } };
    const now = readDecoderConfig(await readFields(name), 'config.json');
    expect(readDecoderConfig(older, 'config.json')).toEqual(now);
    expect(readDecoderConfig({ model_type: 'qwen2_5_vl', text_config: older }, 'config.json')).toEqual(now);
  });
});

async function readFields(name: string): Promise<Fields> {
  return (await readJson(name, 'config.json')) as Fields;
}

async function readTextFields(name: string): Promise<Fields> {
  const { text_config: inner = {} } = await readFields(name);
  return inner as Fields;
}

describe('what a config leaves unsaid', () => {
  const sizes = {
    vocab_size: 8,
    hidden_size: 8,
    intermediate_size: 8,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    max_position_embeddings: 8,
  };

  it.each([
    ['qwen2_5_vl', 1e-5, 1e6, 4],
    ['qwen2', 1e-6, 1e4, 4],
    ['qwen3', 1e-6, 1e4, 128],
    ['llama', 1e-6, 1e4, 4],
  ])('%s has the defaults of transformers', (modelType, rmsNormEpsilon, theta, headDim) => {
    const config = readDecoderConfig({ ...sizes, model_type: modelType }, 'config.json');
    const rotary = { theta, scaling: { kind: 'none' } };
    expect(config).toMatchObject({ rmsNormEpsilon, rotary, headDim, keyValueHeads: 2, tiedEmbeddings: false });
  });

  it.each(['qwen2', 'qwen3', 'llama3'])('%s without rms_norm_eps reads as what transformers wrote', async (name) => {
    const written = await readFields(name);
    expect(written.rms_norm_eps).toBeDefined();
    const { rms_norm_eps: _, ...rest } = written;
    expect(readDecoderConfig(rest, 'config.json')).toEqual(readDecoderConfig(written, 'config.json'));
  });

  it.each([
    ['a kind that is not there', { rope_scaling: { type: 'longrope', factor: 2 } }, 'type'],
    ['a factor that is missing', { rope_parameters: { rope_type: 'linear' } }, 'factor'],
    ['a factor of 0', { rope_parameters: { rope_type: 'yarn', factor: 0 } }, 'factor'],
    [
      'bounds of Llama 3 that are swapped',
      { rope_scaling: { rope_type: 'llama3', factor: 8, low_freq_factor: 4, high_freq_factor: 1 } },
      'high_freq_factor',
    ],
    ['a base of 0', { rope_theta: 0 }, 'rope_theta'],
  ])('refuses %s', (_what, rope, field) => {
    const read = () => readDecoderConfig({ ...sizes, model_type: 'llama', ...rope }, 'config.json');
    expect(read).toThrow(expect.objectContaining({ code: 'config', details: expect.objectContaining({ field }) }));
  });
});
