import type { WeightEntry } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { toFloat32Array } from '@mokus/safetensors';
import { describe, expect, it } from 'vitest';
import { type FolderSource, loadWeights, memoryFolder } from '../src/index.js';
import { indexOf, tensorFile } from './support/tensors.js';

const index = 'model.safetensors.index.json';
const one = await tensorFile({ a: [1], b: [2] });
const two = await tensorFile({ c: [3] });
const twoWithA = await tensorFile({ a: [1], c: [3] });

function folderOf(files: Readonly<Record<string, Uint8Array | string>>): FolderSource {
  const bytes = Object.entries(files).map(
    ([path, content]) => [path, typeof content === 'string' ? new TextEncoder().encode(content) : content] as const,
  );
  return memoryFolder('here', new Map(bytes));
}

async function valuesOf(entry: WeightEntry | undefined): Promise<number[]> {
  if (entry === undefined) throw new Error('no such tensor');
  const bytes = await entry.source.read(entry.offset, entry.length);
  return [...toFloat32Array(bytes, entry.dtype === 'bf16' ? 'BF16' : entry.dtype === 'f16' ? 'F16' : 'F32')];
}

describe('one file', () => {
  it.each(['model.safetensors', 'diffusion_pytorch_model.safetensors'])('%s', async (file) => {
    const weights = await loadWeights(
      folderOf({ [`vae/${file}`]: await tensorFile({ a: [1, 2], 'b:BF16': [3], 'c:F16': [4] }) }),
      'vae',
    );
    expect([...weights.names()].sort()).toEqual(['a', 'b', 'c']);
    expect(weights.name).toBe('here/vae');
    expect(weights.get('a')).toMatchObject({ name: 'a', dtype: 'f32', shape: [2], length: 8 });
    for (const [name, values] of [
      ['a', [1, 2]],
      ['b', [3]],
      ['c', [4]],
    ] as const) {
      expect(await valuesOf(weights.get(name))).toEqual(values);
    }
    expect(weights.get('d')).toBeUndefined();
    expect(weights.get('constructor')).toBeUndefined();
  });

  it("lies in the checkpoint's own folder for the component ''", async () => {
    const weights = await loadWeights(folderOf({ 'model.safetensors': await tensorFile({ a: [1] }) }), '');
    expect(await valuesOf(weights.get('a'))).toEqual([1]);
  });

  it('refuses a tensor that nothing computes with when it is asked for, and leaves it out of the names', async () => {
    const weights = await loadWeights(
      folderOf({ 'x/model.safetensors': await tensorFile({ a: [1], 'b:F8_E4M3': [1, 2] }) }),
      'x',
    );
    expect([...weights.names()]).toEqual(['a']);
    const error = await refusalOf(() => weights.get('b'));
    expect(error).toMatchObject({ code: 'unsupported', details: { file: 'x/model.safetensors', tensor: 'b' } });
    expect(error.message).toContain('F8_E4M3');
    expect(weights.shards[0]?.file.tensors.size).toBe(2);
  });

  it('is refused when it is truncated, naming file and tensor', async () => {
    const bytes = await tensorFile({ a: [1, 2] });
    const error = await refusalOf(() => loadWeights(folderOf({ 'x/model.safetensors': bytes.subarray(0, -1) }), 'x'));
    expect(error).toMatchObject({ code: 'checkpoint', details: { file: 'x/model.safetensors', tensor: 'a' } });
    expect(error.message).toMatch(/here\/x\/model\.safetensors.*again/);
  });
});

describe('no file, or too many', () => {
  it.each([
    [{}, /holds no weights: none of model\.safetensors.*download/],
    [{ 'x/model.fp16.safetensors': '' }, /there is model\.fp16\.safetensors: rename/],
    [{ 'x/pytorch_model.bin': '' }, /pytorch_model\.bin, which can run code/],
    [{ 'x/model.safetensors': '', [`x/${index}`]: '' }, /both model\.safetensors and model\.safetensors\.index\.json/],
  ])('%j', async (files, message) => {
    const error = await refusalOf(() => loadWeights(folderOf(files), 'x'));
    expect(error.code).toBe('checkpoint');
    expect(error.message).toMatch(message);
  });
});

describe('shards', () => {
  const sharded = (change: Readonly<Record<string, Uint8Array | string>>): FolderSource =>
    folderOf({ 'x/1.safetensors': one, 'x/2.safetensors': two, ...change });
  const right = { a: '1.safetensors', b: '1.safetensors', c: '2.safetensors' };

  it('are read as one', async () => {
    const weights = await loadWeights(sharded({ [`x/${index}`]: indexOf(right) }), 'x');
    expect([...weights.names()].sort()).toEqual(['a', 'b', 'c']);
    expect(await valuesOf(weights.get('c'))).toEqual([3]);
    expect(weights.shards.map(({ path }) => path)).toEqual(['x/1.safetensors', 'x/2.safetensors']);
  });

  it('may lie in folders below, and hold a tensor that the index forgot', async () => {
    const files = { 'x/sub/1.safetensors': one, [`x/${index}`]: indexOf({ a: 'sub/1.safetensors' }) };
    expect(await valuesOf((await loadWeights(folderOf(files), 'x')).get('b'))).toEqual([2]);
  });

  it.each([
    '../2.safetensors',
    'y/../../2.safetensors',
    '/etc/2.safetensors',
    'C:\\2.safetensors',
    'C:2.safetensors',
    '..\\2.safetensors',
    './2.safetensors',
    'y//2.safetensors',
    '2\u0000.safetensors',
    `${'y/'.repeat(1000)}2.safetensors`,
  ])('are not looked for at %j', async (path) => {
    const opened: string[] = [];
    const folder = sharded({ [`x/${index}`]: indexOf({ ...right, c: path }) });
    const open: FolderSource['open'] = (file) => {
      opened.push(file);
      return folder.open(file);
    };
    const watched = { ...folder, open };
    const error = await refusalOf(() => loadWeights(watched, 'x'));
    expect(error).toMatchObject({ code: 'checkpoint', details: { file: `x/${index}` } });
    expect(error.message).toContain('does not stay inside the folder');
    expect(opened).toEqual([`x/${index}`]);
  });

  it.each([
    [
      'that is missing',
      { [`x/${index}`]: indexOf({ ...right, d: '3.safetensors' }) },
      'x/3.safetensors',
      undefined,
      /is missing, and/,
    ],
    [
      'that was swapped',
      { [`x/${index}`]: indexOf(right), 'x/1.safetensors': two, 'x/2.safetensors': one },
      'x/1.safetensors',
      'a',
      /it lies in x\/2/,
    ],
    [
      'without its tensor',
      { [`x/${index}`]: indexOf({ ...right, d: '2.safetensors' }) },
      'x/2.safetensors',
      'd',
      /no shard has it/,
    ],
    [
      'with the tensor of another',
      { [`x/${index}`]: indexOf(right), 'x/2.safetensors': twoWithA },
      'x/2.safetensors',
      'a',
      /lies in two files/,
    ],
    [
      'without a tensor whose name would paint the terminal',
      { [`x/${index}`]: indexOf({ ...right, '\u001b[31m': '2.safetensors' }) },
      'x/2.safetensors',
      '\u001b[31m',
      /\\u001b\[31m/,
    ],
    [
      'that is cut',
      { [`x/${index}`]: indexOf(right), 'x/2.safetensors': two.subarray(0, -2) },
      'x/2.safetensors',
      'c',
      /file has/,
    ],
  ] as const)('one %s is refused', async (_, files, file, tensor, message) => {
    const error = await refusalOf(() => loadWeights(sharded(files), 'x'));
    expect(error).toMatchObject({ code: 'checkpoint', details: tensor === undefined ? { file } : { file, tensor } });
    expect(error.message).toMatch(message);
  });

  it.each([
    ['no JSON', '{'],
    ['no object', '[]'],
    ['no weight_map', '{}'],
    ['a weight_map that is a list', '{"weight_map":[]}'],
    ['an empty weight_map', '{"weight_map":{}}'],
    ['a number for a file', indexOf({ a: 1 })],
    ['a pickled file', indexOf({ a: 'model.bin' })],
    [
      'thousands of files',
      indexOf(Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`t${at}`, `${at}.safetensors`]))),
    ],
  ])('an index with %s is refused', async (_, text) => {
    const error = await refusalOf(() => loadWeights(sharded({ [`x/${index}`]: text }), 'x'));
    expect(error).toMatchObject({ code: 'checkpoint', details: { file: `x/${index}` } });
  });
});
