import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fingerprintWeights, MokusError, readWeight, type StorageDType, type WeightStore } from '../src/index.js';

interface Stored {
  readonly dtype: StorageDType;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

function storeOf(tensors: Readonly<Record<string, Stored>>): WeightStore {
  return {
    name: 'a store',
    names: () => Object.keys(tensors),
    get: (name) => {
      const found = tensors[name];
      if (found === undefined) return undefined;
      const { bytes, ...type } = found;
      const read = async (offset: number, length: number): Promise<Uint8Array> =>
        bytes.subarray(offset, offset + length);
      return { name, ...type, source: { size: bytes.length, read }, offset: 0, length: bytes.length };
    },
  };
}

const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');
const norm: Stored = { dtype: 'f32', shape: [2], bytes: new Uint8Array(Float32Array.of(1, -2).buffer) };
const proj: Stored = { dtype: 'bf16', shape: [1, 2], bytes: Uint8Array.of(0x80, 0x3f, 0x00, 0xc0) };

describe('the fingerprint of weights', () => {
  it('is the sha256 that it says', async () => {
    const lines = [`"a.norm" f32 [2] ${sha256(norm.bytes)}\n`, `"b.proj" bf16 [1,2] ${sha256(proj.bytes)}\n`];
    const expected = sha256(lines.join(''));
    expect(await fingerprintWeights(storeOf({ 'a.norm': norm, 'b.proj': proj }))).toBe(expected);
    expect(await fingerprintWeights(storeOf({ 'b.proj': proj, 'a.norm': norm }))).toBe(expected);
  });

  it('hashes a large tensor in pieces', async () => {
    const piece = 64 * 1024 * 1024;
    const bytes = new Uint8Array(piece + 4).fill(7, piece);
    const expected = sha256(
      `"w" f32 [${bytes.length / 4}] ${sha256(bytes.subarray(0, piece))} ${sha256(bytes.subarray(piece))}\n`,
    );
    expect(await fingerprintWeights(storeOf({ w: { dtype: 'f32', shape: [bytes.length / 4], bytes } }))).toBe(expected);
  });

  it.each<[string, Readonly<Record<string, Stored>>]>([
    ['one bit', { w: { ...norm, bytes: norm.bytes.map((byte, at) => (at === 3 ? byte ^ 1 : byte)) } }],
    ['the name', { v: norm }],
    ['the shape', { w: { ...norm, shape: [2, 1] } }],
    ['the dtype', { w: { ...norm, dtype: 'f16' } }],
    ['one tensor more', { w: norm, x: proj }],
  ])('depends on %s', async (_what, other) => {
    expect(await fingerprintWeights(storeOf(other))).not.toBe(await fingerprintWeights(storeOf({ w: norm })));
  });

  it('can be cancelled', async () => {
    const signal = AbortSignal.abort();
    await expect(fingerprintWeights(storeOf({ w: norm }), { signal })).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('reading a weight', () => {
  it.each([
    ['norm', [2], [1, -2]],
    ['proj', [1, 2], [1, -2]],
  ])('%s is f32', async (name, shape, values) => {
    const { data, ...type } = await readWeight(storeOf({ norm, proj }), name, shape);
    expect([...data]).toEqual(values);
    expect(type).toEqual({ location: 'host', dtype: 'f32', shape });
  });

  it('refuses another shape and a name that is not there', async () => {
    await expect(readWeight(storeOf({ norm }), 'norm', [3])).rejects.toThrow(/"norm".*\[2\], expected \[3\]/);
    const missing = await readWeight(storeOf({ norm }), 'other', [2]).catch((error: unknown) => error);
    expect(MokusError.isInstance(missing) && missing.code).toBe('weight');
  });
});
