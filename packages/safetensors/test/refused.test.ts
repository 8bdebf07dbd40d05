/** Files with one fault each. What the reference says of each of them stands in fixtures.json. */
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS, memorySource, openSafetensors, parseHeaderLength } from '../src/index.js';
import { openFixture, report } from './support/fixtures.js';
import { fileOf, refusalOf } from './support/refusal.js';

const cases = Object.entries(report.refused);

describe('a hostile file', () => {
  it.each(cases)('%s is refused', async (name, { code }) => {
    const error = await refusalOf(() => openFixture(`refused/${name}.safetensors`));
    expect(error.code).toBe(code);
    expect(error.file).toBe(`refused/${name}.safetensors`);
    expect(error.message).toContain(error.file);
    expect(error.message.length).toBeLessThan(700);
  });

  it('is refused wherever the reference refuses it, and where we are stricter we know it', () => {
    const stricter = cases.filter(([, { reference }]) => reference === 'accepts').map(([name]) => name);
    expect(stricter.sort()).toEqual(['duplicate-tensor', 'header-leading-space', 'metadata-null']);
  });

  it('names the tensor at fault', async () => {
    expect((await refusalOf(() => openFixture('refused/overlap.safetensors'))).tensor).toBe('b');
    expect((await refusalOf(() => openFixture('refused/duplicate-tensor.safetensors'))).tensor).toBe('a');
  });
});

describe('limits', () => {
  const two = fileOf(
    {
      a: { dtype: 'U8', shape: [1, 1, 1], data_offsets: [0, 1] },
      b: { dtype: 'U8', shape: [1], data_offsets: [1, 2] },
    },
    2,
  );

  it('refuses a header of 1 GB before it asks for any of it', async () => {
    const asked: number[] = [];
    const prefix = new Uint8Array(8);
    new DataView(prefix.buffer).setUint32(0, 1_000_000_000, true);
    const source = {
      size: 2_000_000_000,
      read: async (_offset: number, length: number) => {
        asked.push(length);
        return prefix;
      },
    };
    expect((await refusalOf(() => openSafetensors(source))).code).toBe('header-too-large');
    expect(asked).toEqual([8]);
  });

  it.each([
    ['header-too-large', { maxHeaderBytes: 16 }],
    ['too-many-tensors', { maxTensors: 1 }],
    ['rank', { maxRank: 2 }],
  ] as const)('%s', async (code, limits) => {
    expect((await refusalOf(() => openSafetensors(memorySource(two), limits))).code).toBe(code);
    expect((await openSafetensors(memorySource(two))).tensors.size).toBe(2);
  });

  it('keeps a default where a limit is given as undefined', async () => {
    const prefix = new Uint8Array(8);
    new DataView(prefix.buffer).setUint32(0, 1_000_000_000, true);
    const context = { fileSize: 2 ** 40, limits: { maxHeaderBytes: undefined as unknown as number } };
    expect((await refusalOf(() => parseHeaderLength(prefix, context))).code).toBe('header-too-large');
  });

  it('lets metadata be no larger than the tensors may be many', async () => {
    const many = fileOf({ __metadata__: { a: '1', b: '2', c: '3' } });
    const refused = await refusalOf(() => openSafetensors(memorySource(many), { maxTensors: 1 }));
    expect(refused.code).toBe('too-many-tensors');
  });

  it('counts header bytes exactly', () => {
    const context = { fileSize: 2 ** 40 };
    const prefix = new Uint8Array(8);
    new DataView(prefix.buffer).setUint32(0, DEFAULT_LIMITS.maxHeaderBytes, true);
    expect(parseHeaderLength(prefix, context)).toBe(DEFAULT_LIMITS.maxHeaderBytes);
  });

  it('refuses lists that no header needs', async () => {
    const header = fileOf(`{"a":{"dtype":"U8","shape":[${'0,'.repeat(5000)}0],"data_offsets":[0,0]}}`);
    expect((await refusalOf(() => openSafetensors(memorySource(header)))).code).toBe('header-json');
  });

  it('cuts long names in messages and escapes what they hold', async () => {
    const name = `\u001b[31m\u009b31m\u202e${'x'.repeat(10_000)}`;
    const error = await refusalOf(() => openSafetensors(memorySource(fileOf({ [name]: null }))));
    expect(error.tensor).toBe(name);
    expect(error.message).toContain('\\u001b[31m\\u009b31m\\u202ex');
    for (const each of ['\u001b', '\u009b', '\u202e']) expect(error.message).not.toContain(each);
    expect(error.message.length).toBeLessThan(400);
    const inMetadata = fileOf({ __metadata__: { [name]: 1 } });
    const refused = await refusalOf(() => openSafetensors(memorySource(inMetadata)));
    expect([refused.code, refused.message.length < 400]).toEqual(['metadata', true]);
  });
});
