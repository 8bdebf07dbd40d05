import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileSource, folderStore } from '@mokus/checkpoint/node';
import type { ProgressEvent } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { type SecondMomentsOptions, type SiteStatistics, secondMoments } from '../../src/index.js';
import { testEncoder } from '../support/encoder.js';
import { gramOf, relativeError } from '../support/fixtures.js';

const encoder = await testEncoder();
const sites = ['layers.1.mlp.down_proj'];
/** Four batches. */
const corpus = Array.from({ length: 100 }, (_, at) => `what is ${at % 3 === 0 ? 'a house' : 'the sea'} ${at}?`);
const plain = await secondMoments(encoder, corpus, { sites });

const root = await mkdtemp(join(tmpdir(), 'mokus-statistics-'));
afterAll(() => rm(root, { recursive: true }));
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(root, 'cache-'));
});

/** Runs with the cache; says which texts were done when, and what came out. */
async function cached(
  texts: Parameters<typeof secondMoments>[1],
  options: SecondMomentsOptions = {},
): Promise<{ readonly done: number[]; readonly statistics: SiteStatistics }> {
  const done: number[] = [];
  const onProgress = (event: ProgressEvent): void => {
    if (event.kind === 'statistics') done.push(event.done);
  };
  const cache = folderStore(folder);
  return { statistics: await secondMoments(encoder, texts, { sites, cache, onProgress, ...options }), done };
}

/** A run that is cancelled once 64 texts are done, with a checkpoint behind each batch. */
async function interrupted(): Promise<void> {
  const controller = new AbortController();
  const stopped = await refusalOf(() =>
    secondMoments(encoder, corpus, {
      sites,
      cache: folderStore(folder),
      checkpointEvery: 1,
      signal: controller.signal,
      onProgress: (event) => event.kind === 'statistics' && event.done === 64 && controller.abort(),
    }),
  );
  expect(stopped.code).toBe('cancelled');
}

describe('second moments', () => {
  it.each([
    ['row', { row: 'all' }],
    ['rows', { rows: 'every' }],
    ['checkpointEvery', { checkpointEvery: 0 }],
    ['cache', { cache: {} }],
    ['cache', { cache: null }],
  ])('refuse a wrong %s by name', async (field, options) => {
    const refused = await refusalOf(() => secondMoments(encoder, ['a house'], { sites, ...(options as object) }));
    expect(refused).toMatchObject({ code: 'input', details: { field } });
  });

  it('are the sums of k k^T at the rows, whatever the corpus is', async () => {
    const texts = corpus.slice(0, 40);
    async function* stream(): AsyncGenerator<string> {
      yield* texts;
    }
    const file = join(folder, 'corpus.txt');
    await writeFile(file, `${texts.join('\r\n')}\r\n\r\n`);
    const fromArray = await secondMoments(encoder, texts, { sites });
    for (const other of [new Set(texts), stream(), await fileSource(file)]) {
      expect((await secondMoments(encoder, other, { sites })).moments).toEqual(fromArray.moments);
    }
    const batch = texts.map((text) => encoder.tokenize(text).ids);
    const rows = batch.map((ids, sequence) => ({ sequence, position: ids.length - 1 }));
    const { input } = (await encoder.capture({ batch, sites, rows })).get(sites[0]!)!;
    const [count, dIn] = input.shape as [number, number];
    const keys = Array.from({ length: count }, (_, row) => [...input.data.subarray(row * dIn, (row + 1) * dIn)]);
    const moment = [...fromArray.moments.values()][0]!;
    expect(moment.count).toBe(40);
    // Measured: 1.1e-16.
    expect(relativeError(moment.sum, gramOf(keys))).toBeLessThan(1e-12);
  });

  it('of all rows divide a long text at spaces; of answer rows refuse it', async () => {
    const words = Array.from({ length: encoder.info.maxLength }, (_, at) => `word${at}`);
    const long = await secondMoments(encoder, [words.join(' ')], { sites, rows: 'all', template: 'raw' });
    const single = encoder.tokenize(words[0]!, { template: 'raw' }).ids.length;
    expect([...long.moments.values()][0]!.count).toBeGreaterThanOrEqual(words.length * single);
    expect((await refusalOf(() => secondMoments(encoder, [words.join(' ')], { sites }))).code).toBe('prompt');
  });

  it('take one object of options', async () => {
    const refused = await refusalOf(() => secondMoments(encoder, corpus, null as never));
    expect(refused.message).toMatch(/^secondMoments takes one object of options/);
  });

  it('refuse a corpus that is empty, a single text or none at all', async () => {
    for (const nothing of [[], 'what is a house?', null, 5, undefined, {}]) {
      const refused = await refusalOf(() => secondMoments(encoder, nothing as never, { sites }));
      expect([refused.code, refused.details.field]).toEqual(['input', 'corpus']);
    }
  });

  it.each([
    ['null', null],
    ['5', 5],
    ['\\["a house"\\]', ['a house']],
  ])('refuse %s among the texts by its place, also where there is a cache', async (kind, wrong) => {
    const texts = ['a house', 'a tree', wrong as never];
    for (const cache of [undefined, folderStore(folder)]) {
      const refused = await refusalOf(() => secondMoments(encoder, texts, { sites, cache }));
      expect([refused.code, refused.details.field]).toEqual(['input', 'corpus']);
      expect(refused.message).toMatch(new RegExp(`text 2 of the corpus is ${kind}`));
    }
  });
});

describe('the cache', () => {
  it('gives the same bits again without computing them, and computes only sites that it lacks', async () => {
    const first = await cached(corpus);
    expect(first.statistics.moments).toEqual(plain.moments);
    expect(first.done).toEqual([32, 64, 96, 100]);
    const second = await cached(corpus);
    expect(second.statistics.moments).toEqual(plain.moments);
    expect(second.done).toEqual([100]);
    const both = ['layers.1.mlp.down_proj', 'layers.2.mlp.down_proj'];
    const third = await cached(corpus, { sites: both });
    expect(third.statistics.moments).toEqual((await secondMoments(encoder, corpus, { sites: both })).moments);
    expect((await readdir(folder)).length).toBe(2);
  });

  it('keeps other corpora, rows and templates apart', async () => {
    const all = [
      await cached(corpus),
      await cached(corpus.slice(1)),
      await cached(corpus, { rows: 'all' }),
      await cached(corpus, { template: 'raw' }),
    ];
    expect((await readdir(folder)).length).toBe(4);
    const sums = all.map(({ statistics }) => [...statistics.moments.values()][0]!.sum[0]);
    expect(new Set(sums).size).toBe(4);
  });

  it('goes on from the checkpoint of a run that was stopped, to the same bits', async () => {
    await interrupted();
    const resumed = await cached(corpus);
    expect(resumed.done).toEqual([96, 100]);
    expect(resumed.statistics.moments).toEqual(plain.moments);
    // The run's checkpoint is gone.
    expect((await readdir(folder)).length).toBe(1);
  });

  it('computes anew what is damaged: a file cut short, other bytes, another count, no file of ours', async () => {
    const damages = [
      (file: string) => truncate(file, 1000),
      async (file: string) => {
        const bytes = await readFile(file);
        bytes[bytes.length - 5]! ^= 1;
        await writeFile(file, bytes);
      },
      async (file: string) => {
        const bytes = await readFile(file);
        bytes[bytes.indexOf('"batches":"') + 11]! += 1;
        await writeFile(file, bytes);
      },
      (file: string) => writeFile(file, 'not a tensor in sight'),
    ];
    for (const damage of damages) {
      for (const begin of [() => cached(corpus), interrupted]) {
        await begin();
        const [name] = await readdir(folder);
        await damage(join(folder, name!));
        const again = await cached(corpus);
        expect(again.done).toEqual([32, 64, 96, 100]);
        expect(again.statistics.moments).toEqual(plain.moments);
        await rm(folder, { recursive: true });
      }
    }
  });

  it('refuses an encoder with deltas on it, whose keys are not those of its weights', async () => {
    const { dIn, dOut } = encoder.sites.find(({ id }) => id === 'layers.0.mlp.down_proj')!;
    const delta = { kind: 'dense' as const, dIn, dOut, delta: new Float32Array(dIn * dOut).fill(0.1) };
    const handle = encoder.pushDelta('layers.0.mlp.down_proj', delta);
    try {
      const refused = await refusalOf(() => cached(corpus));
      expect([refused.code, refused.details.field]).toEqual(['input', 'cache']);
    } finally {
      encoder.popDelta(handle);
    }
  });

  it('refuses a corpus that reads differently the second time', async () => {
    const once = (function* (): Generator<string> {
      yield* corpus;
    })();
    const refused = await refusalOf(() => cached(once));
    expect([refused.code, refused.details.field]).toEqual(['input', 'corpus']);
    expect(refused.message).toMatch(/starts anew/);
  });
});
