import { describe, expect, it } from 'vitest';
import {
  type Dtype,
  memorySource,
  openSafetensors,
  streamSafetensors,
  type TensorToWrite,
  writeSafetensors,
} from '../src/index.js';
import { refusalOf } from './support/refusal.js';

const tensor = (change: Partial<TensorToWrite> = {}): TensorToWrite => ({
  name: 'a',
  dtype: 'U8',
  shape: [2],
  data: Uint8Array.of(1, 2),
  ...change,
});

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return all;
}

describe('a written file', () => {
  it('has data that starts at a multiple of eight, whatever the header', async () => {
    for (let length = 0; length < 9; length += 1) {
      const bytes = await writeSafetensors([tensor({ name: 'x'.repeat(length) })]);
      const { tensors } = await openSafetensors(memorySource(bytes));
      expect((tensors.get('x'.repeat(length))?.offset ?? 1) % 8).toBe(0);
    }
  });

  it('orders names as UTF-8 does, not as JavaScript does', async () => {
    const names = ['\u{10000}', '\uffff', 'é', 'z', 'aa', 'a', '', '\u{10000}\u{10001}', '\u{10000}\u{10000}'];
    const bytes = await writeSafetensors(names.map((name) => tensor({ name })));
    const { tensors } = await openSafetensors(memorySource(bytes));
    const utf8 = (name: string): string => Buffer.from(name).toString('hex');
    expect([...tensors.keys()]).toEqual([...names].sort((a, b) => (utf8(a) < utf8(b) ? -1 : 1)));
  });

  it('is the same for the same input in another order', async () => {
    const tensors = [tensor(), tensor({ name: 'b', dtype: 'BOOL' }), tensor({ name: 'c', shape: [1, 2] })];
    const one = await writeSafetensors(tensors, { metadata: { x: '1', y: '2' } });
    const other = await writeSafetensors(tensors.toReversed(), { metadata: { y: '2', x: '1' } });
    expect(other).toEqual(one);
  });

  it('is streamed: sizes first, each tensor asked for in its turn', async () => {
    const asked: string[] = [];
    const lazy = (name: string): TensorToWrite =>
      tensor({
        name,
        data: async function* () {
          asked.push(name);
          yield Uint8Array.of(1);
          yield new Uint8Array(0);
          yield Uint8Array.of(2);
        },
      });
    const stream = streamSafetensors([
      lazy('b'),
      lazy('a'),
      tensor({ name: 'c', data: async () => Uint8Array.of(3, 4) }),
    ]);
    const chunks = stream.chunks();
    const header = await chunks.next();
    expect(header.value?.byteLength).toBe(stream.size - 6);
    expect(asked).toEqual([]);
    const rest = await collect(chunks);
    expect(rest.map((chunk) => [...chunk])).toEqual([[1], [2], [1], [2], [3, 4]]);
    expect(asked).toEqual(['a', 'b']);
  });
});

describe('what cannot be written is refused', () => {
  it.each([
    ['a name twice', [tensor(), tensor()]],
    ['the reserved name', [tensor({ name: '__metadata__' })]],
    ['half a surrogate pair', [tensor({ name: '\ud800' })]],
    ['an unknown dtype', [tensor({ dtype: 'F33' as Dtype })]],
    ['a dtype of a prototype', [tensor({ dtype: 'constructor' as Dtype })]],
    ['a negative size', [tensor({ shape: [-2] })]],
    ['a broken size', [tensor({ shape: [0.5, 4] })]],
    ['too many dimensions', [tensor({ shape: Array.from({ length: 65 }, () => 1) })]],
    ['an overflow', [tensor({ shape: [2 ** 52, 4], data: async () => new Uint8Array(0) })]],
    ['half a byte', [tensor({ dtype: 'F4', shape: [3] })]],
    ['too little data', [tensor({ data: Uint8Array.of(1) })]],
    ['too much data', [tensor({ data: Uint8Array.of(1, 2, 3) })]],
  ])('%s', async (_, tensors) => {
    const error = await refusalOf(() => streamSafetensors(tensors));
    expect(error.code).toBe('write');
    expect(error.tensor).toBe(tensors[0]?.name);
  });

  it('metadata that is no text', async () => {
    for (const metadata of [{ a: 1 as unknown as string }, { a: '\udc00' }, { '\ud800': '' }]) {
      expect((await refusalOf(() => streamSafetensors([], { metadata }))).code).toBe('write');
    }
  });

  it('a header beyond the limit of the format', async () => {
    const metadata = { a: 'x'.repeat(100_000_001) };
    expect((await refusalOf(() => streamSafetensors([], { metadata }))).code).toBe('write');
  });

  it.each([
    ['short', [Uint8Array.of(1)]],
    ['long', [Uint8Array.of(1), Uint8Array.of(2, 3)]],
  ])('streamed data that is too %s, before the file grows past its size', async (_, parts) => {
    const stream = streamSafetensors([
      tensor({
        data: async function* () {
          yield* parts;
        },
      }),
    ]);
    let written = 0;
    const error = await refusalOf(async () => {
      for await (const chunk of stream.chunks()) written += chunk.byteLength;
    });
    expect(error).toMatchObject({ code: 'write', tensor: 'a' });
    expect(written).toBeLessThan(stream.size);
  });
});
