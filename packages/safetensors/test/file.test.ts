import { describe, expect, it, vi } from 'vitest';
import { type ByteSource, memorySource, openSafetensors, SafetensorsError, writeSafetensors } from '../src/index.js';
import { refusalOf } from './support/refusal.js';
import { SpyingSource } from './support/spying-source.js';

const bytes = await writeSafetensors([{ name: 'a', dtype: 'U8', shape: [5], data: Uint8Array.of(1, 2, 3, 4, 5) }], {
  metadata: { ['__proto__']: 'kept', '10': 'ten', b: '' },
});

describe('an opened file', () => {
  it('has read only its header', async () => {
    const source = new SpyingSource(bytes);
    await openSafetensors(source);
    expect(source.asked).toBe(bytes.byteLength - 5);
  });

  it('reads ranges of a tensor and refuses those outside', async () => {
    const file = await openSafetensors(memorySource(bytes, 'f'));
    expect([...(await file.readRange('a', 1, 3))]).toEqual([2, 3, 4]);
    expect([...(await file.readRange('a', 5, 0))]).toEqual([]);
    for (const [offset, length] of [
      [-1, 2],
      [0, 6],
      [5, 1],
      [0.5, 1],
      [0, Number.NaN],
      [2 ** 53, 1],
      [0, -1],
    ] as const) {
      const error = await refusalOf(() => file.readRange('a', offset, length));
      expect(error).toMatchObject({ code: 'range', file: 'f', tensor: 'a' });
    }
  });

  it('refuses names that it does not have, those of prototypes too', async () => {
    const file = await openSafetensors(memorySource(bytes));
    for (const name of ['b', '__proto__', 'constructor', 'toString', '__metadata__']) {
      expect(await refusalOf(() => file.read(name))).toMatchObject({ code: 'tensor-not-found', tensor: name });
    }
  });

  it('keeps metadata apart from prototypes, and frozen', async () => {
    const { metadata } = await openSafetensors(memorySource(bytes));
    expect(Object.entries(metadata)).toEqual(
      expect.arrayContaining([
        ['__proto__', 'kept'],
        ['10', 'ten'],
        ['b', ''],
      ]),
    );
    expect(metadata.toString).toBeUndefined();
    expect(Object.isFrozen(metadata)).toBe(true);
    expect(({} as Record<string, unknown>).kept).toBeUndefined();
  });

  it('refuses more bytes than one read may have', async () => {
    const file = await openSafetensors(memorySource(bytes), { maxReadBytes: 4 });
    expect(await refusalOf(() => file.read('a'))).toMatchObject({ code: 'range', tensor: 'a' });
    expect((await file.readRange('a', 0, 4)).byteLength).toBe(4);
  });
});

describe('a faulty source', () => {
  const faulty = (change: Partial<ByteSource>): ByteSource => ({ ...memorySource(bytes, 'faulty'), ...change });

  it.each([-1, Number.NaN, 1.5, Number.POSITIVE_INFINITY])('that claims a size of %s is refused', async (size) => {
    expect((await refusalOf(() => openSafetensors(faulty({ size })))).code).toBe('source');
  });

  it('that answers short or long is refused', async () => {
    for (const change of [-1, 1]) {
      const source = faulty({
        read: async (_, length) => new Uint8Array(length + change),
      });
      expect(await refusalOf(() => openSafetensors(source))).toMatchObject({ code: 'source', file: 'faulty' });
    }
  });

  it('that was cut after it was opened is refused at the tensor', async () => {
    let isCut = false;
    const { read } = memorySource(bytes);
    const file = await openSafetensors(
      faulty({
        read: async (offset, length) => (isCut ? (await read(offset, length)).subarray(1) : read(offset, length)),
      }),
    );
    isCut = true;
    expect(await refusalOf(() => file.read('a'))).toMatchObject({ code: 'source', tensor: 'a' });
  });

  it('that fails passes its own error through', async () => {
    const offline = new TypeError('offline');
    await expect(openSafetensors(faulty({ read: () => Promise.reject(offline) }))).rejects.toBe(offline);
  });
});

describe('SafetensorsError', () => {
  it('is known across copies of the package', async () => {
    vi.resetModules();
    const copy = await import('../src/index.js');
    const error = new copy.SafetensorsError('write', 'wrong', 'Mend it', { file: 'f', tensor: 't' });
    expect(copy.SafetensorsError).not.toBe(SafetensorsError);
    expect(error).not.toBeInstanceOf(SafetensorsError);
    expect(SafetensorsError.isInstance(error)).toBe(true);
    expect(error.message).toBe('"f", tensor "t": wrong. Mend it.');
  });

  it('is nothing else', () => {
    for (const value of [null, undefined, 'x', {}, new Error('x'), { name: 'SafetensorsError', code: 'write' }]) {
      expect(SafetensorsError.isInstance(value)).toBe(false);
    }
  });
});
