import { readFileSync } from 'node:fs';
import { moKus } from '@mokus/concepts';
import type { CustomizationMethod } from '@mokus/core';
import { answerObjective, presets, ultraEdit } from '@mokus/editors';
import { knowCus } from '@mokus/emoji-world';
import { encodePng, type PretrainedPipeline } from 'mokus';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type KnowCusPlan,
  knowCusTable,
  memoryCellStore,
  readKnowCus,
  runKnowCus,
  summariseKnowCus,
} from '../../src/index.js';
import { knowCusHtml } from '../../src/report.js';
import { emojiPipeline, side } from '../support/emoji.js';

const [concept] = readKnowCus(readFileSync(knowCus.file, 'utf8'));
let pipeline: PretrainedPipeline;
let plan: KnowCusPlan;
let made = 0;
beforeAll(async () => {
  pipeline = await emojiPipeline();
  const image = { width: side, height: side, data: new Uint8ClampedArray(side * side * 4).fill(200) };
  const counted = (method: CustomizationMethod): CustomizationMethod => ({
    name: method.name,
    customize: (...args) => {
      made += 1;
      return method.customize(...args);
    },
  });
  plan = {
    concepts: [concept!],
    images: async () => [{ image }],
    seeds: [0],
    draw: { steps: 2, batchSize: 16 },
    shown: 1,
    methods: [
      {
        name: 'mokus',
        facts: 1,
        create: () =>
          counted(
            moKus({
              editor: ultraEdit({ ...presets.ultraEdit['emoji-world'], mu: 0, nu: 0 }),
              objective: answerObjective(),
              learn: { steps: 1, batchSize: 1 },
              prior: [],
            }),
          ),
      },
    ],
    judge: { name: 'first byte', judge: ({ data }) => data[0]! },
    scorer: { name: 'brightness', measures: { clipT: async ({ data }) => data[0]! / 255 } },
    besides: { name: 'edits', measure: async () => pipeline.components.textEncoder.deltas().length },
  };
}, 60_000);
afterAll(() => pipeline.dispose());

it('customizes, draws, measures and leaves the pipeline as it was; a second run reads everything back', async () => {
  const store = memoryCellStore();
  const [cell] = await runKnowCus(pipeline, plan, { store });
  expect(cell?.pictures).toHaveLength(5);
  expect(cell?.learnSeconds).toBeGreaterThan(0);
  expect(cell?.bindSeconds).toBeGreaterThan(0);
  expect(cell?.besides).toBeGreaterThan(0);
  for (const { scores, seen } of cell!.pictures) {
    expect(scores).toEqual({ clipI: null, clipISeg: null, clipT: (seen as number) / 255, pickScore: null });
  }
  expect(pipeline.components.textEncoder.deltas()).toEqual([]);
  expect(pipeline.components.dit.deltas()).toEqual([]);

  expect(await runKnowCus(pipeline, plan, { store })).toEqual([cell]);
  expect(made).toBe(1);

  const [summary] = summariseKnowCus([cell!]);
  expect(summary).toMatchObject({ method: 'mokus', concepts: 1, reconstruction: { clipI: null, clipISeg: null } });
  const shown = cell!.pictures.filter(({ part }) => part === 'generation').map(({ scores }) => scores.clipT!);
  expect(summary?.generation.clipT).toBeCloseTo(shown.reduce((sum, each) => sum + each, 0) / shown.length, 12);
  expect(knowCusTable([summary!])[1]).toEqual(expect.arrayContaining(['mokus', '-']));
  const page = await knowCusHtml([cell!], async (name) => {
    const picture = await store.readPicture(name);
    return picture && encodePng(picture);
  });
  expect(page.match(/<img /g)).toHaveLength(5);
  expect(page).toContain('<svg');
}, 60_000);

it('takes no cell of other pictures, or of the model with something else in place, for its own', async () => {
  let customized = 0;
  const card = { anchor: '<v0>', className: '', facts: [], method: 'none', options: null };
  const baseModel = { textEncoder: '', transformer: '' };
  const nothing: CustomizationMethod = {
    name: 'none',
    customize: async () => {
      customized += 1;
      return { lora: undefined, edit: undefined, card: { ...card, baseModel } };
    },
  };
  const { judge: _, scorer: _scorer, besides: _besides, ...rest } = plan;
  const small = {
    ...rest,
    concepts: [{ ...concept!, prompts: concept!.prompts.slice(0, 1) }],
    draw: { steps: 2 },
    methods: [{ name: 'none', create: () => nothing }],
  };
  const store = memoryCellStore();
  const run = async (other: Partial<KnowCusPlan> = {}): Promise<number> => {
    await runKnowCus(pipeline, { ...small, ...other }, { store });
    return customized;
  };
  expect([await run(), await run()]).toEqual([1, 1]);
  const data = new Uint8ClampedArray(side * side * 4).fill(100);
  expect(await run({ images: async () => [{ image: { width: side, height: side, data } }] })).toBe(2);
  const { id, dIn, dOut } = pipeline.components.dit.sites[0]!;
  const module = { dIn, dOut, rank: 1, alpha: 1, down: new Float32Array(dIn), up: new Float32Array(dOut) };
  await pipeline.addAdapter('style', { modules: new Map([[id, module]]) });
  expect(await run()).toBe(3);
  await pipeline.deleteAdapters('style');
  expect(await run()).toBe(3);
}, 60_000);

it('takes adapter and edit off when drawing is cancelled', async () => {
  const controller = new AbortController();
  const onCustomized = async (): Promise<void> => controller.abort();
  const run = runKnowCus(pipeline, { ...plan, onCustomized }, { signal: controller.signal });
  await expect(run).rejects.toThrow(expect.objectContaining({ code: 'cancelled' }));
  expect(pipeline.components.textEncoder.deltas()).toEqual([]);
  expect(pipeline.components.dit.deltas()).toEqual([]);
}, 60_000);

it('refuses a plan without methods, concepts or seeds', async () => {
  for (const field of ['methods', 'concepts', 'seeds']) {
    await expect(runKnowCus(pipeline, { ...plan, [field]: [] })).rejects.toThrow(`there are no ${field}`);
  }
});
