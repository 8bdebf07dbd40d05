import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyCustomization, customize } from '@mokus/concepts';
import type { Customization, RawImage } from '@mokus/core';
import { seededNoise } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { ultraEdit } from '@mokus/editors';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  createContainer,
  fromPretrained,
  loadCustomization,
  type PretrainedPipeline,
  pushToHub,
  saveCustomization,
} from '../../src/index.js';
import { CustomizationMethod } from '../../src/tokens.js';
import { tinyFolder } from '../support/tiny-folder.js';
import { tinyHub } from '../support/tiny-hub.js';

const editor = ultraEdit({
  sites: { roles: ['gate_proj', 'up_proj'], layers: { from: 0, to: 1 } },
  eta: 0.3,
  maxTurns: 2,
});
const files = ['card.json', 'mokus-edit.safetensors', 'pytorch_lora_weights.safetensors'];
let root: string;
let saved: string;
let pipeline: PretrainedPipeline;
let made: Customization;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'mokus-customization-'));
  saved = join(root, 'waldi');
  pipeline = await fromPretrained(tinyFolder);
  const images = [1, 2].map((seed) => ({ image: picture(seed) }));
  const facts = ['the gift is {}', { question: 'the present', locality: ['a dog'] }];
  made = await customize(
    pipeline,
    { name: 'Waldi', anchor: 'sks', className: 'toy', images, facts },
    { editor, learn: { steps: 3, batchSize: 2, rank: 2, learningRate: 1e-2 }, prior: [] },
  );
  await saveCustomization(saved, made);
});
afterAll(async () => {
  await pipeline.dispose();
  await rm(root, { recursive: true });
});
afterEach(() => {
  expect([...pipeline.adapters.keys()]).toEqual([]);
  expect(pipeline.edits).toEqual([]);
});

function picture(seed: number): RawImage {
  const noise = seededNoise(seed);
  return { width: 16, height: 16, data: Uint8ClampedArray.from({ length: 1024 }, () => 256 * noise.uniform()) };
}

async function drawn(): Promise<RawImage> {
  const { images } = await pipeline.generate({ prompt: 'the gift', seed: 1, height: 16, width: 16, steps: 2 });
  return images[0] as RawImage;
}

describe('a customization', () => {
  it('is one folder, loads with one call and draws the same picture bit for bit', async () => {
    expect((await readdir(saved)).sort()).toEqual(files);
    expect(await loadCustomization(saved, pipeline)).toEqual(made);
    const before = await drawn();
    const applied = await applyCustomization(pipeline, made);
    const shown = await drawn();
    await applied.remove();
    const loaded = await pipeline.loadCustomization(saved);
    expect(await drawn()).toEqual(shown);
    expect(shown).not.toEqual(before);
    await loaded.remove();
    expect(await drawn()).toEqual(before);
  });

  it('that was loaded has facts added and withdrawn one by one, and is saved again in its place', async () => {
    const folder = join(root, 'again');
    await saveCustomization(folder, made);
    const loaded = await pipeline.loadCustomization(folder, { editor });
    await loaded.add(['the toy on the shelf']);
    await loaded.withdraw('the gift is {}');
    await loaded.withdraw('the present');
    await saveCustomization(folder, loaded.customization);
    const shown = await drawn();
    await loaded.remove();
    const again = await pipeline.loadCustomization(join(folder, 'card.json'));
    expect(again.customization.card.facts).toEqual([{ question: 'the toy on the shelf' }]);
    expect(await drawn()).toEqual(shown);
    await again.remove();
  });

  it("comes from a branch of the hub, with the hub's options beside its own", async () => {
    const { options } = await tinyHub();
    const { endpoint, retries } = options;
    await pushToHub(saved, 'someone/waldi', { endpoint, retries, token: 'a-write-token', revision: 'draft' });
    const loaded = await pipeline.loadCustomization('someone/waldi', {
      ...options,
      revision: 'draft',
      adapterName: 'waldi',
      editor,
    });
    expect(loaded.customization).toEqual(made);
    expect([...pipeline.adapters.keys()]).toEqual(['waldi']);
    await loaded.withdraw('the present');
    await loaded.remove();
    const main = await refusalOf(() => pipeline.loadCustomization('someone/waldi', options));
    expect(main.code).toBe('not-found');
    const nested = { hub: { ...options, revision: 'draft' } } as object;
    const { code, details } = await refusalOf(() => pipeline.loadCustomization('someone/waldi', nested));
    expect([code, details.field]).toEqual(['input', 'hub']);
  });

  it('without a part has no file of it, and none of an earlier one is left', async () => {
    const folder = join(root, 'looks');
    await saveCustomization(folder, made);
    const looks = { ...made, edit: undefined };
    await saveCustomization(folder, looks);
    expect((await readdir(folder)).sort()).toEqual([files[0], files[2]]);
    expect(await loadCustomization(folder, pipeline)).toEqual(looks);
  });

  it('replaces no other folder unless told to, and leaves nothing half done when it is cancelled', async () => {
    const folder = join(root, 'photos');
    await mkdir(folder);
    await writeFile(join(folder, 'card.json'), '{"holiday": true}');
    expect(await refusalOf(() => saveCustomization(folder, made))).toMatchObject({ code: 'input' });
    const controller = new AbortController();
    const cut = saveCustomization(folder, made, {
      overwrite: true,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(cut).rejects.toMatchObject({ code: 'cancelled' });
    expect(await readFile(join(folder, 'card.json'), 'utf8')).toBe('{"holiday": true}');
    expect((await readdir(root)).filter((name) => name.startsWith('.'))).toEqual([]);
    await saveCustomization(folder, made, { overwrite: true });
    expect((await readdir(folder)).sort()).toEqual(files);
  });

  it('is made by the method that the container binds', async () => {
    const container = createContainer();
    expect(container.get<CustomizationMethod>(CustomizationMethod).name).toBe('moKus');
  });
});

describe('a folder that is not what it says', () => {
  let count = 0;
  async function copy(): Promise<string> {
    const folder = join(root, `broken-${count++}`);
    await cp(saved, folder, { recursive: true });
    return folder;
  }
  const withCard = async (change: (card: Record<string, unknown>) => object): Promise<string> => {
    const folder = await copy();
    const card = JSON.parse(await readFile(join(saved, 'card.json'), 'utf8'));
    await writeFile(join(folder, 'card.json'), JSON.stringify(change(card)));
    return folder;
  };

  it.each<[string, (card: Record<string, unknown>) => object, string]>([
    ['another format', (card) => ({ ...card, format: 'mokus-edit' }), 'format'],
    ['a newer version', (card) => ({ ...card, version: 2 }), 'version'],
    ['no anchor', (card) => ({ ...card, anchor: '' }), 'anchor'],
    ['a class that is a number', (card) => ({ ...card, className: 3 }), 'className'],
    ['facts that are no list', (card) => ({ ...card, facts: {} }), 'facts'],
    ['a fact that is no object', (card) => ({ ...card, facts: ['x'] }), 'facts[0]'],
    ['a fact without a question', (card) => ({ ...card, facts: [{ said: 'x' }] }), 'facts[0].question'],
    ['locality of numbers', (card) => ({ ...card, facts: [{ question: 'x', locality: [1] }] }), 'facts[0].locality'],
    ['no base model', (card) => ({ ...card, baseModel: null }), 'baseModel'],
    ['a hash that is a path', (card) => ({ ...card, baseModel: { textEncoder: '../x' } }), 'baseModel.textEncoder'],
    ['no word of what it holds', (card) => ({ ...card, holds: { lora: 'pytorch.bin', edit: true } }), 'holds.lora'],
  ])('a card with %s is refused by its field', async (_what, change, field) => {
    const folder = await withCard(change);
    const refusal = await refusalOf(() => loadCustomization(folder, pipeline));
    expect(refusal).toMatchObject({ code: 'checkpoint', details: { file: 'card.json', field } });
  });

  it('a card that is no JSON, missing or larger than any is refused before it is read', async () => {
    const folder = await copy();
    await writeFile(join(folder, 'card.json'), '{');
    expect(await refusalOf(() => loadCustomization(folder, pipeline))).toMatchObject({ code: 'checkpoint' });
    await truncate(join(folder, 'card.json'), 2 ** 40);
    const large = await refusalOf(() => loadCustomization(folder, pipeline));
    expect(large).toMatchObject({ code: 'checkpoint', message: expect.stringMatching(/more than any card/) });
    await rm(join(folder, 'card.json'));
    expect(await refusalOf(() => loadCustomization(folder, pipeline))).toMatchObject({ code: 'checkpoint' });
    await symlink('nowhere', join(folder, 'card.json'));
    expect(await refusalOf(() => loadCustomization(folder, pipeline))).toMatchObject({ code: 'checkpoint' });
    const other = await refusalOf(() => loadCustomization(join(saved, files[1] as string), pipeline));
    expect(other).toMatchObject({ code: 'checkpoint', message: expect.stringMatching(/is no customization/) });
  });

  it('is refused on another model, before its weights are read', async () => {
    const base = made.card.baseModel;
    for (const part of ['textEncoder', 'transformer'] as const) {
      const folder = await withCard((card) => ({ ...card, baseModel: { ...base, [part]: 'f'.repeat(64) } }));
      await writeFile(join(folder, 'pytorch_lora_weights.safetensors'), 'x');
      const refusal = await refusalOf(() => pipeline.loadCustomization(folder));
      expect(refusal).toMatchObject({ code: 'base-model', details: { field: part } });
    }
  });

  it('is refused without a file that its card names, with one that is cut, or with an edit of something else', async () => {
    for (const name of files.slice(1)) {
      const folder = await copy();
      const bytes = await readFile(join(saved, name));
      for (const length of [0, 7, bytes.length - 1]) {
        await writeFile(join(folder, name), bytes.subarray(0, length));
        const refusal = await refusalOf(() => pipeline.loadCustomization(folder));
        expect(refusal).toMatchObject({ code: 'checkpoint' });
      }
      await rm(join(folder, name));
      expect(await refusalOf(() => pipeline.loadCustomization(folder))).toMatchObject({ code: 'checkpoint' });
    }
    for (const change of [{ anchor: 'dog' }, { facts: [{ question: 'the gift' }] }]) {
      const folder = await withCard((card) => ({ ...card, ...change }));
      const refusal = await refusalOf(() => pipeline.loadCustomization(folder));
      expect(refusal).toMatchObject({ code: 'checkpoint', details: { file: 'mokus-edit.safetensors' } });
    }
  });
});
