/** What a saved folder holds: weights with deltas, shards, and everything else as it was. */
import type { EditProvenance, SiteDelta } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import {
  type FloatDtype,
  fromFloats,
  openSafetensors,
  toBf16,
  toF16,
  toFloat64Array,
  writeSafetensors,
} from '@mokus/safetensors';
import { describe, expect, it } from 'vitest';
import { type FolderSource, loadWeights, memoryFolder, type SavedFilesOptions, savedFiles } from '../src/index.js';
import { tensorFile } from './support/tensors.js';

type Files = Readonly<Record<string, Uint8Array | string>>;

function folderOf(files: Files): FolderSource {
  const utf8 = new TextEncoder();
  return memoryFolder(
    'here',
    new Map(Object.entries(files).map(([path, file]) => [path, typeof file === 'string' ? utf8.encode(file) : file])),
  );
}

/** The folder that would be written. */
async function saved(files: Files, options: SavedFilesOptions = {}): Promise<Map<string, Uint8Array>> {
  const result = new Map<string, Uint8Array>();
  for (const file of await savedFiles(folderOf(files), options)) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of file.chunks()) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    expect(bytes.byteLength).toBe(file.size);
    result.set(file.path, new Uint8Array(bytes));
  }
  return result;
}

function textOf(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes);
}

/** Numbers that no dtype holds exactly, from a fixed sequence. */
function numbers(count: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, (_, index) => Math.sin(12.9898 * (index + 1) + 78.233 * seed));
}

const lowRank: SiteDelta = { kind: 'lowRank', dOut: 3, dIn: 4, rank: 2, u: numbers(6, 1), v: numbers(8, 2) };
const dense: SiteDelta = { kind: 'dense', dOut: 3, dIn: 4, delta: numbers(12, 3) };
const provenance: EditProvenance = {
  baseModel: 'abc',
  editor: 'ultraedit',
  objective: 'answer',
  template: 'pipeline',
  options: { lambda: 1 },
  requests: [{ question: 'q', answer: 'a' }],
};

function deltas(...of: readonly (readonly [string, ...SiteDelta[]])[]): SavedFilesOptions {
  return { deltas: new Map([['llm', new Map(of.map(([name, ...each]) => [name, each]))]]) };
}

/** W + U V + D by the definition, rounded once. */
function expectedSum(stored: Float64Array, dtype: FloatDtype): number[] {
  const round = { F64: (value: number) => value, F32: Math.fround, BF16: toBf16Value, F16: toF16Value }[dtype];
  return Array.from(stored, (value, at) => {
    const [row, column] = [Math.floor(at / 4), at % 4];
    if (lowRank.kind !== 'lowRank' || dense.kind !== 'dense') throw new Error('not reached');
    let sum = value;
    for (let k = 0; k < 2; k++) sum += (lowRank.u[row * 2 + k] ?? 0) * (lowRank.v[k * 4 + column] ?? 0);
    return round(sum + (dense.delta[at] ?? 0));
  });
}

function toBf16Value(value: number): number {
  return toFloat64Array(new Uint8Array(Uint16Array.of(toBf16(value)).buffer), 'BF16')[0] ?? 0;
}

function toF16Value(value: number): number {
  return toFloat64Array(new Uint8Array(Uint16Array.of(toF16(value)).buffer), 'F16')[0] ?? 0;
}

async function matrixFile(dtype: FloatDtype): Promise<Uint8Array> {
  const data = fromFloats(numbers(12, 4), dtype);
  return writeSafetensors(
    [
      { name: 'model.w', dtype, shape: [3, 4], data },
      { name: 'model.norm', dtype: 'F32', shape: [2], data: fromFloats(Float32Array.of(1, 2), 'F32') },
      { name: 'visual.ids', dtype: 'I64', shape: [1], data: Uint8Array.of(7, 0, 0, 0, 0, 0, 0, 9) },
      { name: 'visual.packed', dtype: 'F8_E4M3', shape: [3], data: Uint8Array.of(1, 2, 3) },
    ],
    { metadata: { format: 'pt', note: 'kept' } },
  );
}

describe('weights with deltas', () => {
  it.each<FloatDtype>(['F32', 'BF16', 'F16', 'F64'])('are summed and rounded once to %s', async (dtype) => {
    const file = await matrixFile(dtype);
    const files = await saved({ 'llm/model.safetensors': file }, deltas(['model.w', lowRank, dense]));
    const bytes = files.get('llm/model.safetensors') ?? new Uint8Array();
    const [before, after] = await Promise.all([file, bytes].map((each) => openSafetensors(sourceOf(each))));
    if (before === undefined || after === undefined) throw new Error('not reached');
    expect(after.entry('model.w')).toMatchObject({ dtype, shape: [3, 4] });
    const expected = expectedSum(toFloat64Array(await before.read('model.w'), dtype), dtype);
    const got = [...toFloat64Array(await after.read('model.w'), dtype)];
    // Sums are taken in another order: equal but for the last bit of float64, which only F64 shows.
    if (dtype === 'F64') for (const [at, value] of got.entries()) expect(value).toBeCloseTo(expected[at] ?? 0, 14);
    else expect(got).toEqual(expected);
    expect(got).not.toEqual([...toFloat64Array(await before.read('model.w'), dtype)]);
    for (const name of ['model.norm', 'visual.ids', 'visual.packed']) {
      expect(after.entry(name)).toMatchObject({ dtype: before.entry(name).dtype, shape: before.entry(name).shape });
      expect(await after.read(name)).toEqual(await before.read(name));
    }
    expect({ ...after.metadata }).toEqual({ format: 'pt', note: 'kept' });
  });

  it('keep the matrices that have none, and other components, byte for byte', async () => {
    const file = await matrixFile('BF16');
    const other = await tensorFile({ 'x:BF16': [1, 2] });
    const files = await saved({ 'llm/model.safetensors': file, 'vae/diffusion_pytorch_model.safetensors': other });
    expect(files.get('llm/model.safetensors')).toEqual(file);
    expect(files.get('vae/diffusion_pytorch_model.safetensors')).toEqual(other);
  });

  it.each<[string, SavedFilesOptions, string, RegExp]>([
    ['a tensor that is not there', deltas(['model.v', dense]), 'weight', /here\/llm has no tensor "model\.v"/],
    [
      'another shape',
      deltas(['model.w', { ...dense, dIn: 3, dOut: 4 }]),
      'edit',
      /"model\.w" has shape \[3, 4\].*4, 3/,
    ],
    ['a dtype that is no float', deltas(['visual.packed', dense]), 'unsupported', /F8_E4M3/],
    [
      'a value that is not finite',
      deltas(['model.w', { kind: 'dense', dOut: 3, dIn: 4, delta: numbers(12, 3).fill(Number.NaN, 5, 6) }]),
      'edit',
      /model\.w.*NaN at row 1/,
    ],
    [
      'a sum beyond the dtype',
      deltas(['model.w', { kind: 'dense', dOut: 3, dIn: 4, delta: new Float32Array(12).fill(66000, 11) }]),
      'edit',
      /"model\.w" would be 6\d{4}\S* at row 2 with its edits, which F16 cannot hold/,
    ],
  ])('are refused for %s', async (_name, options, code, message) => {
    const file = await matrixFile('F16');
    const error = await refusalOf(() => saved({ 'llm/model.safetensors': file }, options));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });

  it('of a component without weights are refused', async () => {
    const error = await refusalOf(() => saved({ 'llm/config.json': '{}' }, deltas(['model.w', dense])));
    expect(error.message).toContain('here/llm holds no weights');
  });
});

describe('shards', () => {
  const sizes = { a: 3, b: 2, c: 1, d: 9, e: 1, f: 1 };
  const vectors = Object.fromEntries(Object.entries(sizes).map(([name, size]) => [name, Array(size).fill(size)]));

  it('hold at most so many bytes of tensors, in order, and are indexed', async () => {
    const before = { 'llm/model.safetensors': await tensorFile(vectors), 'llm/config.json': '{}' };
    const files = await saved(before, { maxShardSize: 20 });
    const shards = [...files.keys()].filter((path) => path.endsWith('.safetensors'));
    expect(shards).toEqual([1, 2, 3, 4].map((at) => `llm/model-0000${at}-of-00004.safetensors`));
    const index = JSON.parse(textOf(files.get('llm/model.safetensors.index.json')));
    expect(index.metadata.total_size).toBe(4 * 17);
    expect(Object.keys(index.weight_map)).toEqual(Object.keys(sizes));
    for (const shard of shards) {
      const { tensors, metadata } = await openSafetensors(sourceOf(files.get(shard) ?? new Uint8Array()));
      const bytes = [...tensors.values()].reduce((sum, { length }) => sum + length, 0);
      expect(bytes <= 20 || tensors.size === 1).toBe(true);
      expect(metadata.format).toBe('pt');
    }
    const weights = await loadWeights(memoryFolder('there', files), 'llm');
    for (const [name, size] of Object.entries(sizes)) expect(weights.get(name)).toMatchObject({ shape: [size] });
  });

  it('are put together when they fit into one file', async () => {
    const two = {
      'llm/model-1.safetensors': await tensorFile({ a: [1] }),
      'llm/model-2.safetensors': await tensorFile({ 'w:BF16': [1, 2] }),
      'llm/model.safetensors.index.json': JSON.stringify({
        weight_map: { a: 'model-1.safetensors', w: 'model-2.safetensors' },
      }),
    };
    const edit: SiteDelta = { kind: 'dense', dOut: 1, dIn: 1, delta: Float32Array.of(1) };
    const matrix = await writeSafetensors([{ name: 'w', dtype: 'BF16', shape: [1, 1], data: new Uint8Array(2) }]);
    const files = await saved({ ...two, 'llm/model-2.safetensors': matrix }, deltas(['w', edit]));
    expect([...files.keys()]).toEqual(['llm/model.safetensors', 'mokus-edits.json']);
    expect([...(await saved(two)).keys()].sort()).toEqual([...Object.keys(two), 'mokus-edits.json'].sort());
  });

  it.each([0, -1, 1.5, Number.NaN])('of %s bytes are refused', async (maxShardSize) => {
    const error = await refusalOf(() => saved({}, { maxShardSize }));
    expect(error).toMatchObject({ code: 'input', details: { field: 'maxShardSize' } });
  });
});

describe('all other files', () => {
  it('are kept as they are, but weights in other formats beside edited ones', async () => {
    const rest = {
      'model_index.json': '{"_class_name":"X"}',
      'llm/config.json': '{}',
      'llm/extra/model.bin': 'deeper',
      'vae/model.bin': 'kept',
      'tokenizer/merges.txt': '#version: 0.2\n',
      'assets/picture.png': Uint8Array.of(0x89, 0x50),
    };
    const stale = {
      'llm/pytorch_model.bin': 'old',
      'llm/model.fp16.safetensors': 'old',
      'llm/pytorch_model.bin.index.json': '{}',
    };
    const before = { ...rest, ...stale, 'llm/model.safetensors': await matrixFile('F32') };
    const files = await saved(before, deltas(['model.w', dense]));
    expect([...files.keys()].sort()).toEqual(
      [...Object.keys(rest), 'llm/model.safetensors', 'mokus-edits.json'].sort(),
    );
    for (const [path, content] of Object.entries(rest)) {
      expect(files.get(path)).toEqual(typeof content === 'string' ? new TextEncoder().encode(content) : content);
    }
    expect([...(await saved(before)).keys()].sort()).toEqual([...Object.keys(before), 'mokus-edits.json'].sort());
  });

  it('cannot be kept of a folder that does not list them', async () => {
    const { files: _, ...folder } = folderOf({});
    expect(await refusalOf(() => savedFiles(folder))).toMatchObject({ code: 'unsupported' });
  });
});

describe('the record of edits', () => {
  it('says how the weights came to be, also over several saves', async () => {
    const adapters = [{ name: 'style', weight: 0.7, layers: 2, sha256: 'a'.repeat(64) }];
    const first = await saved({ 'llm/model.safetensors': await matrixFile('F32') }, { edits: [provenance], adapters });
    const record = JSON.parse(textOf(first.get('mokus-edits.json')));
    expect(record).toEqual({ format: 'mokus-saved-checkpoint', version: 1, edits: [provenance], adapters });
    const other = { ...adapters[0], name: 'other', weight: -1, layers: 1, sha256: 'b'.repeat(64) };
    const more = { edits: [{ ...provenance, editor: 'other' }], adapters: [other] };
    const again = await saved(Object.fromEntries(first), more);
    const { edits, adapters: baked } = JSON.parse(textOf(again.get('mokus-edits.json')));
    expect(edits).toEqual([provenance, { ...provenance, editor: 'other' }]);
    expect(baked).toEqual([...adapters, other]);
  });
});

describe('memory', () => {
  it('holds a few MiB of a component, whatever its size', async () => {
    // 128 MiB of zeros that lie nowhere: a header, and reads that are made up.
    const [rows, columns] = [8192, 4096];
    const header = (await writeSafetensorsHeader(rows, columns)).subarray();
    const size = header.byteLength + 4 * rows * columns;
    let largest = 0;
    const source = {
      size,
      name: 'large',
      read: async (offset: number, length: number) => {
        largest = Math.max(largest, length);
        const bytes = new Uint8Array(length);
        if (offset < header.byteLength) bytes.set(header.subarray(offset, offset + length));
        return bytes;
      },
    };
    const folder: FolderSource = {
      name: 'here',
      exists: async (path) => path === 'llm/model.safetensors',
      open: async () => source,
      files: async () => ['llm/model.safetensors'],
    };
    const ones = { kind: 'lowRank' as const, dOut: rows, dIn: columns, rank: 1 };
    const delta: SiteDelta = { ...ones, u: new Float32Array(rows).fill(2), v: new Float32Array(columns).fill(3) };
    const [file] = await savedFiles(folder, deltas(['w', delta]));
    let bytes = 0;
    let last = new Uint8Array();
    for await (const chunk of file?.chunks() ?? []) {
      largest = Math.max(largest, chunk.byteLength);
      bytes += chunk.byteLength;
      last = Uint8Array.from(chunk.subarray(-4));
    }
    expect(bytes).toBe(file?.size);
    expect(new Float32Array(last.buffer)[0]).toBe(6);
    expect(largest).toBeLessThanOrEqual(4 * 2 ** 20);
  });
});

function sourceOf(bytes: Uint8Array): { size: number; read(offset: number, length: number): Promise<Uint8Array> } {
  return { size: bytes.byteLength, read: async (offset, length) => bytes.slice(offset, offset + length) };
}

/** The bytes of a file before its one F32 matrix `w`. */
async function writeSafetensorsHeader(rows: number, columns: number): Promise<Uint8Array> {
  const text = JSON.stringify({ w: { dtype: 'F32', shape: [rows, columns], data_offsets: [0, 4 * rows * columns] } });
  const json = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 8) * 8));
  const bytes = new Uint8Array(8 + json.byteLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.byteLength), true);
  bytes.set(json, 8);
  return bytes;
}
