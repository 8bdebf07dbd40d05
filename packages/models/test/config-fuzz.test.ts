/** Thousands of broken configs and tokenizer folders: each is read, or refused with a typed error. */
import { type Json, MokusError } from '@mokus/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readQwenImageTransformerConfig } from '../src/dit/config.js';
import { readTokenizer } from '../src/index.js';
import { readFlowMatchEulerConfig } from '../src/scheduler/config.js';
import { readDecoderConfig } from '../src/text-encoder/decoder-config.js';
import { readQwenImageVaeConfig } from '../src/vae/config.js';
import { fixtureFolder, memoryFiles } from './support/checkpoint-files.js';
import { readModelJson } from './support/fixtures.js';

const hostile: fc.Arbitrary<Json | undefined> = fc.oneof(
  fc.constantFrom<(Json | undefined)[]>(
    undefined,
    null,
    0,
    -1,
    1.5,
    1e308,
    2 ** 53,
    2 ** 31,
    1e9,
    true,
    '',
    '7',
    [],
    {},
  ),
  fc.constantFrom<Json[]>([[[]], { type: 'BPE' }, 'ByteLevel', [1, 2, 3], { a: 'x' }, 'x'.repeat(10_000)]),
  fc.jsonValue({ maxDepth: 2 }).map((value) => value as Json),
  fc.nat(5000),
);

/** The JSON with one value, at a random place, replaced or (undefined) removed. */
function mutated(json: Json): fc.Arbitrary<Json> {
  return fc
    .tuple(fc.nat(1e6), fc.nat(4), hostile)
    .map(([at, depth, value]) => replaceAt(json, at, depth, value) ?? null);
}

function replaceAt(json: Json | undefined, at: number, depth: number, value: Json | undefined): Json | undefined {
  if (depth === 0 || typeof json !== 'object' || json === null) return value;
  const keys = Object.keys(json);
  const key = keys[at % keys.length];
  if (key === undefined) return value;
  const inner = replaceAt(
    (json as { readonly [key: string]: Json })[key],
    Math.floor(at / keys.length),
    depth - 1,
    value,
  );
  if (Array.isArray(json)) return json.flatMap((each, index) => (String(index) === key ? (inner ?? []) : [each]));
  const copy: Record<string, Json> = { ...(json as { readonly [key: string]: Json }) };
  if (inner === undefined) delete copy[key];
  else copy[key] = inner;
  return copy;
}

/** How often of `runs` it was read; all else must be a refusal with a code and a short message. */
async function readCount(json: Json, runs: number, read: (changed: Json) => unknown): Promise<number> {
  let count = 0;
  await fc.assert(
    fc.asyncProperty(fc.oneof({ weight: 9, arbitrary: mutated(json) }, hostile), async (changed) => {
      try {
        await read(changed ?? null);
        count += 1;
      } catch (error) {
        if (!MokusError.isInstance(error)) throw error;
        expect(['config', 'unsupported', 'checkpoint']).toContain(error.code);
        expect(error.details.file).toContain('here');
        expect(error.message.length).toBeLessThan(1000);
      }
    }),
    { numRuns: runs, seed: 20261124 },
  );
  return count;
}

describe('a config with anything in it is read or refused', () => {
  const readers: readonly (readonly [string, (json: Json) => unknown])[] = [
    ['text_encoder/config.json', (json) => readDecoderConfig(json, 'here')],
    ['transformer/config.json', (json) => readQwenImageTransformerConfig(json, 'here')],
    ['vae/config.json', (json) => readQwenImageVaeConfig(json, 'here')],
    ['scheduler/scheduler_config.json', (json) => readFlowMatchEulerConfig(json, 'here')],
  ];

  it.each(readers)('%s', async (path, read) => {
    const count = await readCount(await readModelJson(path), 1000, read);
    // Both happen: most fields of a config are not used, many mutated ones are refused.
    expect(count).toBeGreaterThan(50);
    expect(count).toBeLessThan(950);
  });

  it('sizes that are read make tensors that can be counted', async () => {
    const json = await readModelJson('text_encoder/config.json');
    await readCount(json, 500, (changed) => {
      const { layers, heads, headDim, hiddenSize, intermediateSize, vocabSize } = readDecoderConfig(changed, 'here');
      expect(layers).toBeLessThanOrEqual(1024);
      for (const size of [heads, headDim, hiddenSize, intermediateSize, vocabSize]) {
        expect(Number.isSafeInteger(size * hiddenSize)).toBe(true);
      }
    });
  });
});

describe('a tokenizer folder with anything in a file is read or refused', async () => {
  const folder = new URL('./fixtures/tokenizers/', import.meta.url);

  it.each([
    ['qwen2-json', 'tokenizer.json', 500],
    ['json-and-decoder', 'tokenizer_config.json', 300],
    ['qwen2-vocab', 'vocab.json', 300],
    ['qwen2-vocab', 'added_tokens.json', 300],
    ['qwen2-vocab', 'special_tokens_map.json', 300],
    ['qwen2-decoder', 'tokenizer_config.json', 300],
  ])('%s: %s', async (name, file, runs) => {
    const files = await fixtureFolder(new URL(`${name}/`, folder));
    await readCount(files[file] ?? null, runs, async (changed) => {
      const tokenizer = await readTokenizer(memoryFiles({ ...files, [file]: changed }), '');
      const { ids } = tokenizer.encode('<|im_start|>a tree frog');
      expect(ids.length).toBeGreaterThan(0);
      for (const id of ids) expect(id).toBeLessThan(tokenizer.idLimit);
    });
  });

  it('qwen2-vocab: merges.txt', async () => {
    const files = await fixtureFolder(new URL('qwen2-vocab/', folder));
    const merges = String(files['merges.txt']);
    const change = fc.tuple(fc.nat(merges.length), fc.nat(8), fc.string()).map(([at, cut, text]) => {
      return merges.slice(0, at) + text + merges.slice(at + cut);
    });
    await fc.assert(
      fc.asyncProperty(change, async (text) => {
        const read = readTokenizer(memoryFiles({ ...files, 'merges.txt': text }), '');
        const error = await read.then(
          () => undefined,
          (reason: unknown) => reason,
        );
        if (error !== undefined) expect(error).toMatchObject({ name: 'MokusError', code: 'config' });
      }),
      { numRuns: 200, seed: 20261124 },
    );
  });
});
