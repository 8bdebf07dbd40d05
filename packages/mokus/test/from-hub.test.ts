/** fromPretrained with a hub id, against the hub on the loopback of the checkpoint package's tests. */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { refusalOf } from '@mokus/core/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type FromPretrainedOptions, fromPretrained } from '../src/index.js';
import { tinyFolder } from './support/tiny-folder.js';
import { tinyId as id, tinyHub, unneeded } from './support/tiny-hub.js';

const small = { prompt: 'a cat', height: 16, width: 16, steps: 2, seed: 3 };

// Three pipelines are loaded, which takes its time on a machine that is busy.
describe('fromPretrained with a hub id', { timeout: 180_000 }, () => {
  it('draws what the folder draws, fetches what a pipeline reads, and then needs no network', async () => {
    const { hub, options } = await tinyHub();
    const progress: number[] = [];
    const onProgress: FromPretrainedOptions['onProgress'] = (event) => {
      if (event.kind === 'download') progress.push(event.done / event.total);
    };
    const fromHub = await fromPretrained(id, { ...options, onProgress });
    const fromFolder = await fromPretrained(tinyFolder);
    const { images } = await fromFolder.generate(small);
    expect((await fromHub.generate(small)).images).toEqual(images);
    expect(progress.at(-1)).toBe(1);
    const fetched = hub.requests.map(({ url }) => decodeURIComponent(url));
    for (const path of unneeded) expect(fetched.filter((url) => url.endsWith(path))).toEqual([]);
    await hub[Symbol.asyncDispose]();
    const offline = await fromPretrained(id, { ...options, localFilesOnly: true });
    expect((await offline.generate(small)).images).toEqual(images);
    await Promise.all([fromHub, fromFolder, offline].map((pipeline) => pipeline.dispose()));
  });

  it('loads a LoRA from a repository, and only that', async () => {
    const { hub, options } = await tinyHub();
    const style = await readFile(join(tinyFolder, '../lora/style/pytorch_lora_weights.safetensors'));
    const bytes = new Uint8Array(style);
    hub.repositories.set(
      'someone/style',
      new Map([
        ['pytorch_lora_weights.safetensors', { bytes, isLarge: true }],
        ['picture.png', { bytes }],
      ]),
    );
    const pipeline = await fromPretrained(tinyFolder);
    await pipeline.loadLoraWeights('someone/style', { ...options, adapterName: 'style' });
    expect([...pipeline.adapters]).toEqual([['style', 1]]);
    expect(hub.requests.filter(({ url }) => url.endsWith('picture.png'))).toEqual([]);
    const unknown = await refusalOf(() =>
      pipeline.loadLoraWeights('someone/else', { ...options, adapterName: 'else' }),
    );
    expect(unknown).toMatchObject({ code: 'not-found' });
    await pipeline.dispose();
  });

  it('takes a folder of that name first', async () => {
    const { hub, options } = await tinyHub();
    const place = await mkdtemp(join(tmpdir(), 'mokus-place-'));
    await mkdir(join(place, id), { recursive: true });
    const before = process.cwd();
    onTestFinished(async () => {
      process.chdir(before);
      await rm(place, { recursive: true, force: true });
    });
    process.chdir(place);
    expect(await refusalOf(() => fromPretrained(id, options))).toMatchObject({ code: 'checkpoint' });
    expect(hub.requests).toEqual([]);
  });

  it('says what it looked for, and where', async () => {
    const { hub, options } = await tinyHub();
    const unknown = await refusalOf(() => fromPretrained('someone/else', options));
    expect(unknown).toMatchObject({ code: 'not-found' });
    expect(unknown.message).toContain('no file or folder someone/else here');
    for (const neither of ['./missing', 'a/b/c', 'missing', '/no/where']) {
      const error = await refusalOf(() => fromPretrained(neither, options));
      expect(error).toMatchObject({ code: 'checkpoint', details: { file: resolve(neither) } });
      expect(error.message).toContain('"owner/name"');
    }
    expect(await refusalOf(() => fromPretrained(id, { ...options, revision: '../x' }))).toMatchObject({
      code: 'input',
    });
    const cancelled = { ...options, signal: AbortSignal.abort() };
    expect(await refusalOf(() => fromPretrained(id, cancelled))).toMatchObject({ code: 'cancelled' });
    hub.token = 'a-secret-token';
    const refused = await refusalOf(() => fromPretrained(id, options));
    expect(refused).toMatchObject({ code: 'access' });
    expect(refused.message).toContain('HF_TOKEN');
  });
});
