/** Thousands of broken component folders: each is read right or refused with a typed error, and never left. */
import { MokusError } from '@mokus/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FolderSource, loadWeights, memoryFolder, savedFiles } from '../src/index.js';
import { tensorFile } from './support/tensors.js';

const index = 'x/model.safetensors.index.json';
const shards = {
  '1.safetensors': await tensorFile({ a: [1], 'b:BF16': [2, 3] }),
  '2.safetensors': await tensorFile({ c: [4, 5, 6], 'd:F16': [7] }),
  'sub/3.safetensors': await tensorFile({ e: [8] }),
};
const tensors = ['a', 'b', 'c', 'd', 'e'];

const hostilePath = fc.oneof(
  fc.constantFrom(...Object.keys(shards), 'missing.safetensors', 'model.bin', ''),
  fc.constantFrom(
    '../1.safetensors',
    '/1.safetensors',
    'sub/../../y.safetensors',
    'C:1.safetensors',
    '..\\1.safetensors',
  ),
  fc.string({ unit: 'binary' }).map((text) => `${text}.safetensors`),
);
const weightMap = fc.dictionary(
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...tensors) },
    fc.constantFrom('__proto__', 'constructor', ''),
    fc.string(),
  ),
  fc.oneof({ weight: 4, arbitrary: hostilePath }, fc.jsonValue({ maxDepth: 2 })),
  { noNullPrototype: true },
);
/** An index by a fair chance right, then broken in one way or another. */
const indexText = fc.oneof(
  { weight: 3, arbitrary: fc.record({ weight_map: weightMap }).map((json) => JSON.stringify(json)) },
  {
    weight: 3,
    arbitrary: weightMap.map((change) => JSON.stringify({ metadata: {}, weight_map: { ...rightMap(), ...change } })),
  },
  fc.json({ maxDepth: 3 }),
  fc.string(),
  // The same name twice: JSON keeps the last.
  hostilePath.map((path) => `{"weight_map":{"a":${JSON.stringify(path)},"a":"1.safetensors"}}`),
);

function rightMap(): Record<string, string> {
  const paths = Object.keys(shards);
  return Object.fromEntries(tensors.map((name, at) => [name, paths[Math.floor(at / 2)] ?? '']));
}

/** The shards, by the order of their contents; bytes cut or changed. */
const shardFiles = fc
  .record({
    order: fc.oneof({ weight: 3, arbitrary: fc.constant([0, 1, 2]) }, fc.shuffledSubarray([0, 1, 2], { minLength: 1 })),
    cut: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.nat(40)),
    flip: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, fc.record({ at: fc.nat(80), to: fc.nat(255) })),
  })
  .map(({ order, cut, flip }) => {
    const contents = Object.values(shards);
    return Object.keys(shards).map((name, at) => {
      const bytes = Uint8Array.from(contents[order[at] ?? -1] ?? new Uint8Array());
      if (flip !== undefined && at === 0 && flip.at < bytes.length) bytes[flip.at] = flip.to;
      return [`x/${name}`, bytes.subarray(0, Math.max(0, bytes.length - (at === 1 ? cut : 0)))] as const;
    });
  });

function watched(folder: FolderSource): { readonly folder: FolderSource; readonly opened: string[] } {
  const opened: string[] = [];
  const open: FolderSource['open'] = (path) => {
    opened.push(path);
    return folder.open(path);
  };
  return { folder: { ...folder, open }, opened };
}

describe('a component folder with anything in its index and shards', () => {
  it('is read right, or refused naming a file', async () => {
    let read = 0;
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(indexText, shardFiles, async (text, files) => {
        const bytes = new TextEncoder().encode(text);
        const { folder, opened } = watched(memoryFolder('here', new Map([...files, [index, bytes]])));
        try {
          const weights = await loadWeights(folder, 'x');
          const { weight_map: map } = JSON.parse(text) as { readonly weight_map: Readonly<Record<string, string>> };
          const at = new Map(
            weights.shards.flatMap(({ path, file }) => [...file.tensors.keys()].map((name) => [name, path])),
          );
          for (const [name, path] of Object.entries(map)) expect(at.get(name)).toBe(`x/${path}`);
          for (const name of weights.names()) {
            const entry = weights.get(name);
            const content = await entry?.source.read(entry.offset, entry.length);
            expect(content?.byteLength).toBe(entry?.length);
          }
          const saved = await savedFiles(folder, { maxShardSize: 8 });
          expect(saved.some(({ path }) => path.startsWith('x/model'))).toBe(true);
          read += 1;
        } catch (error) {
          if (!MokusError.isInstance(error)) throw error;
          expect(error.code).toBe('checkpoint');
          expect(error.details.file).toMatch(/^x\//);
          expect(error.message.length).toBeLessThan(2000);
          refused += 1;
        }
        for (const path of opened) expect(path).toMatch(/^(?:x\/(?!.*\.\.)|mokus-edits)/);
      }),
      { numRuns: 2000, seed: 20261124 },
    );
    // Both happen often enough to mean something.
    expect(read).toBeGreaterThan(50);
    expect(refused).toBeGreaterThan(500);
  });
});

describe('a tensor that the index lists twice', () => {
  it.each([
    ['right at last', '{"weight_map":{"c":"1.safetensors","c":"2.safetensors"}}', true],
    ['wrong at last', '{"weight_map":{"c":"2.safetensors","c":"1.safetensors"}}', false],
  ])('%s', async (_name, text, isRead) => {
    const files = Object.entries(shards).map(([name, bytes]) => [`x/${name}`, bytes] as const);
    const folder = memoryFolder('here', new Map([...files, [index, new TextEncoder().encode(text)]]));
    const load = loadWeights(folder, 'x');
    if (isRead) expect((await load).get('c')?.shape).toEqual([3]);
    else await expect(load).rejects.toMatchObject({ code: 'checkpoint', details: { tensor: 'c' } });
  });
});
