/** Pipelines, edits and adapters pushed to the hub of the checkpoint package's tests, and read back from there. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { nodeFolder } from '@mokus/checkpoint/node';
import type { Edit, ProgressEvent, SiteDelta } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { fromPretrained, loadEdit, pushToHub, saveEdit } from '../src/index.js';
import { copyOfTinyFolder, tinyFolder } from './support/tiny-folder.js';
import { tinyHub } from './support/tiny-hub.js';

const small = { prompt: 'a cat', height: 16, width: 16, steps: 2, seed: 3 };
const style = join(tinyFolder, '../lora/style');
const token = 'a-write-token';
const pipeline = await fromPretrained(tinyFolder);
const edit = await someEdit();

afterAll(() => pipeline.dispose());

/** A hub with what is given to load from it, and to write to it: uploads know no cache. */
async function uploadCase() {
  const { hub, options } = await tinyHub();
  const { endpoint, retries } = options;
  return { hub, options, upload: { endpoint, retries, token } };
}

async function someEdit(): Promise<Edit> {
  const { textEncoder } = pipeline.components;
  const [site] = textEncoder.sites;
  if (site === undefined) throw new Error('the encoder has no sites');
  const { id, dOut, dIn } = site;
  const numbers = (count: number): Float32Array =>
    Float32Array.from({ length: count }, (_, at) => 0.3 * Math.sin(at + 1));
  const delta: SiteDelta = { kind: 'lowRank', dOut, dIn, rank: 1, u: numbers(dOut), v: numbers(dIn) };
  return {
    sites: new Map([[id, delta]]),
    provenance: {
      baseModel: await textEncoder.fingerprint(),
      editor: 'by hand',
      objective: 'none',
      template: 'pipeline',
      options: null,
      requests: [{ question: 'q', answer: 'a' }],
    },
  };
}

// Pipelines are loaded, which takes its time on a machine that is busy.
describe('pushToHub', { timeout: 180_000 }, () => {
  it('uploads a pipeline with its edits and adapters, which fromPretrained loads and draws with', async () => {
    const { hub, options, upload } = await uploadCase();
    const events: ProgressEvent[] = [];
    await pipeline.apply(edit);
    await pipeline.loadLoraWeights(style, { adapterName: 'style' });
    const { latents } = await pipeline.generate(small);
    const { commit } = await pipeline.pushToHub('someone/edited', {
      ...upload,
      private: true,
      maxShardSize: 50_000,
      onProgress: (event) => events.push(event),
    });
    await pipeline.deleteAdapters('style');
    await pipeline.revert(edit);
    expect(hub.uploads.commits).toEqual([{ summary: 'Upload pipeline' }]);
    expect(hub.uploads.made).toEqual(new Map([['someone/edited', 'private']]));
    expect(events.at(-1)).toMatchObject({ kind: 'upload', step: 'send', repository: 'someone/edited' });
    const paths = [...(hub.repositories.get('someone/edited')?.keys() ?? [])];
    expect(
      paths.filter((path) => /^text_encoder\/model-\d{5}-of-\d{5}\.safetensors$/.test(path)).length,
    ).toBeGreaterThan(5);
    const loaded = await fromPretrained('someone/edited', { ...options, revision: commit });
    const drawn = (await loaded.generate(small)).latents.data;
    const largest = Math.max(...latents.data.map(Math.abs));
    const error = Math.max(...latents.data.map((value, at) => Math.abs(value - (drawn[at] ?? Number.NaN)))) / largest;
    // Weights are rounded to fp32 with what is baked into them, once a layer.
    expect(error).toBeLessThan(1e-5);
    await loaded.dispose();
    const record = hub.repositories.get('someone/edited')?.get('mokus-edits.json')?.bytes;
    expect(JSON.parse(new TextDecoder().decode(record))).toMatchObject({
      edits: [edit.provenance],
      adapters: [{ name: 'style', weight: 1 }],
    });
  });

  it('uploads an edit, which loadEdit reads from there, as from a file or folder', async () => {
    const { hub, options, upload } = await uploadCase();
    await pushToHub(edit, 'someone/edit', upload);
    expect([...(hub.repositories.get('someone/edit')?.keys() ?? [])]).toEqual([
      '.gitattributes',
      'mokus-edit.safetensors',
    ]);
    const { baseModel } = edit.provenance;
    expect(await loadEdit('someone/edit', { ...options, baseModel })).toEqual(edit);
    const folder = await copyOfTinyFolder();
    await saveEdit(join(folder, 'mokus-edit.safetensors'), edit);
    for (const source of [folder, join(folder, 'mokus-edit.safetensors')]) expect(await loadEdit(source)).toEqual(edit);
    await pushToHub(edit, 'someone/edit', { ...upload, weightName: 'beethoven.safetensors' });
    expect(await loadEdit('someone/edit', { ...options, weightName: 'beethoven.safetensors' })).toEqual(edit);
    const other = { ...options, baseModel: 'b'.repeat(64) };
    expect(await refusalOf(() => loadEdit('someone/edit', other))).toMatchObject({ code: 'base-model' });
    const missing = { ...options, weightName: 'other.safetensors' };
    expect(await refusalOf(() => loadEdit('someone/edit', missing))).toMatchObject({ code: 'not-found' });
    expect((await refusalOf(() => loadEdit(join(folder, 'none')))).message).toContain('the path of the edit');
  });

  it('uploads an adapter, which loadLoraWeights reads from there', async () => {
    const { hub, options, upload } = await uploadCase();
    await pipeline.loadLoraWeights(style, { adapterName: 'style' });
    for (const format of ['diffusers', 'kohya'] as const) {
      await pipeline.pushLoraToHub('someone/style', { ...upload, format, createPr: format === 'kohya' });
    }
    expect(hub.uploads.commits).toEqual([{ summary: 'Upload LoRA' }, { summary: 'Upload LoRA' }]);
    await pipeline.loadLoraWeights('someone/style', { ...options, adapterName: 'back' });
    const revision = { ...options, revision: 'refs/pr/1', adapterName: 'kohya' };
    await pipeline.loadLoraWeights('someone/style', revision);
    for (const name of ['back', 'kohya']) {
      for (const [id, { down }] of pipeline.adapter(name).modules) {
        expect(down).toEqual(pipeline.adapter('style').modules.get(id)?.down);
      }
    }
    await pipeline.deleteAdapters(['style', 'back', 'kohya']);
    expect(await refusalOf(() => pipeline.pushLoraToHub('someone/style', upload))).toMatchObject({ code: 'adapter' });
  });

  it('uploads a folder, by its path or opened', async () => {
    const { hub, upload } = await uploadCase();
    await pushToHub(tinyFolder, 'someone/copy', { ...upload, revision: 'draft' });
    const held = hub.branches.get('someone/copy@draft');
    const index = await readFile(join(tinyFolder, 'model_index.json'), 'utf8');
    expect(new TextDecoder().decode(held?.get('model_index.json')?.bytes)).toBe(index);
    await pushToHub(await nodeFolder(join(tinyFolder, 'vae')), 'someone/vae', upload);
    expect(hub.repositories.get('someone/vae')?.has('config.json')).toBe(true);
  });

  it('is refused with what to do, and without the token', async () => {
    const { hub, upload } = await uploadCase();
    hub.uploads.writeToken = 'another-token';
    const calls = [
      () => pipeline.pushToHub('someone/edited', upload),
      () => pushToHub(edit, 'someone/edit', upload),
      () => pushToHub(tinyFolder, 'someone/copy', upload),
    ];
    for (const call of calls) {
      const error = await refusalOf(call);
      expect(error).toMatchObject({ code: 'access' });
      expect(error.message).toContain('write access');
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(token);
    }
    const nothing = { ...edit, sites: new Map() };
    expect(await refusalOf(() => pushToHub(nothing, 'someone/edit', upload))).toMatchObject({ code: 'edit' });
    expect(await refusalOf(() => pipeline.pushToHub('no id', upload))).toMatchObject({ code: 'input' });
    const none = await refusalOf(() => pushToHub(undefined as unknown as Edit, 'someone/edit', upload));
    expect(none.message).toMatch(/^pushToHub takes an edit, an adapter or a folder first, and got nothing;/);
  });
});
