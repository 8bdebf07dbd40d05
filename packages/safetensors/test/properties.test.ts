/** What holds for any file: it comes back as it was written, and anything done to it is noticed or harmless. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DTYPES,
  dtypeBits,
  memorySource,
  openSafetensors,
  type TensorToWrite,
  writeSafetensors,
} from '../src/index.js';
import { fixtureBytes } from './support/fixtures.js';
import { mutate, Random } from './support/mutate.js';
import { readHostile } from './support/read-hostile.js';

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('__proto__', 'constructor', 'toString', '"', '\\', '\u0000', '\u2028'),
);

const tensor: fc.Arbitrary<TensorToWrite> = fc
  .record({
    name: text.filter((name) => name !== '__metadata__'),
    dtype: fc.constantFrom(...DTYPES),
    shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }),
    seed: fc.integer(),
  })
  .map(({ name, dtype, shape, seed }) => {
    // A last axis of 4 makes every sub-byte tensor end on a byte.
    const sizes = dtypeBits(dtype) < 8 ? [...shape, 4] : shape;
    const length = (sizes.reduce((product, size) => product * size, 1) * dtypeBits(dtype)) / 8;
    const random = new Random(seed);
    return { name, dtype, shape: sizes, data: Uint8Array.from({ length }, () => random.below(256)) };
  });

const file = fc.record({
  tensors: fc.uniqueArray(tensor, { selector: ({ name }) => name, maxLength: 8 }),
  metadata: fc.option(fc.dictionary(text, text, { maxKeys: 4, noNullPrototype: false }), { nil: undefined }),
});

describe('any file', () => {
  it('is read as it was written', async () => {
    await fc.assert(
      fc.asyncProperty(file, async ({ tensors, metadata }) => {
        const bytes = await writeSafetensors(tensors, { metadata });
        const opened = await openSafetensors(memorySource(bytes));
        expect(opened.tensors.size).toBe(tensors.length);
        for (const { name, dtype, shape, data } of tensors) {
          expect(opened.entry(name)).toMatchObject({ name, dtype, shape });
          expect(await opened.read(name)).toEqual(data);
        }
        const entries = (record: object): unknown[] => Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
        expect(entries(opened.metadata)).toEqual(entries(metadata ?? {}));
        expect(await readHostile(bytes)).toBe('read');
      }),
      { numRuns: 500 },
    );
  });

  it('with anything done to it is refused, or consistent inside its bounds', async () => {
    await fc.assert(
      fc.asyncProperty(file, fc.integer(), async ({ tensors, metadata }, seed) => {
        const random = new Random(seed);
        const bytes = await writeSafetensors(tensors, { metadata });
        for (let count = 0; count < 5; count += 1) await readHostile(mutate(bytes, random));
      }),
      { numRuns: 500 },
    );
  });

  it('of any bytes at all is refused, or consistent', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 64 }), fc.boolean(), async (bytes, hasLength) => {
        if (hasLength && bytes.length >= 8) new DataView(bytes.buffer).setBigUint64(0, BigInt(bytes.length - 8), true);
        await readHostile(bytes);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('files of the reference', () => {
  it.each(['dtypes', 'dtypes-f6', 'edge', 'empty'])('%s, mutated, are refused or consistent', async (name) => {
    const bytes = fixtureBytes(`${name}.safetensors`);
    const random = new Random(1);
    const outcomes = new Set<string>();
    for (let count = 0; count < 2_000; count += 1) outcomes.add(await readHostile(mutate(bytes, random)));
    // The mutations reach deep: most kinds of fault occur.
    expect(outcomes.size).toBeGreaterThan(name === 'empty' ? 5 : 12);
  });
});
