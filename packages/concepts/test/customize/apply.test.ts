import { cpuBackend } from '@mokus/backend-cpu';
import type { Customization, DeltaSite, LoraModule, TextToImagePipeline } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { ultraEdit } from '@mokus/editors';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { tinyPipeline } from '../../../models/test/support/pipeline.js';
import { applyCustomization, customize } from '../../src/index.js';

const editor = ultraEdit({
  sites: { roles: ['gate_proj', 'up_proj'], layers: { from: 0, to: 1 } },
  eta: 0.3,
  maxTurns: 3,
});
let pipeline: TextToImagePipeline;
let made: Customization;
let before: readonly unknown[];
beforeAll(async () => {
  pipeline = await tinyPipeline(cpuBackend({ threads: 1 }));
  const { id, dOut, dIn } = pipeline.components.dit.sites[0] as DeltaSite;
  const factors = { down: new Float32Array(dIn).fill(0.1), up: new Float32Array(dOut).fill(0.1) };
  const module: LoraModule = { dOut, dIn, rank: 1, alpha: 1, ...factors };
  const lora = { modules: new Map([[id, module]]) };
  const words = { name: 'Waldi', anchor: 'sks', className: 'toy' };
  made = await customize(pipeline, { ...words, images: [], lora, facts: ['the gift is {}'] }, { editor });
  before = await state();
});
afterAll(() => pipeline.dispose());
afterEach(async () => expect(await state()).toEqual(before));

/** What the pipeline computes and carries. */
async function state(): Promise<readonly unknown[]> {
  const { images } = await pipeline.generate({ prompt: 'the gift', seed: 1 });
  return [[...pipeline.adapters], pipeline.edits, ...images];
}

describe('applyCustomization', () => {
  it('puts adapter and edit in place, and takes both off without a trace', async () => {
    const applied = await applyCustomization(pipeline, made);
    expect([...pipeline.adapters]).toEqual([['Waldi', 1]]);
    expect(pipeline.edits).toEqual([made.edit]);
    expect(applied.customization).toEqual(made);
    expect((await pipeline.generate({ prompt: 'the gift', seed: 1 })).images[0]).not.toEqual(before[2]);
    await applied.remove();
  });

  it('adds and withdraws facts one by one, bit for bit, and has the card of what it is now', async () => {
    const applied = await applyCustomization(pipeline, made, { editor, adapterName: 'looks' });
    const one = await state();
    await applied.add(['{} belongs to my sister']);
    expect(applied.customization.card.facts).toEqual([
      ...made.card.facts,
      { question: 'what belongs to my sister?', said: '{} belongs to my sister' },
    ]);
    expect(applied.customization.edit?.provenance.requests).toHaveLength(2);
    expect(await state()).not.toEqual(one);
    await applied.withdraw('{} belongs to my sister');
    // The edit is another object of the same numbers.
    expect((await state()).slice(2)).toEqual(one.slice(2));
    await applied.withdraw('The gift?');
    expect(applied.customization.edit).toBeUndefined();
    expect(applied.customization.card.facts).toEqual([]);
    await applied.remove();
  });

  it('stays where it was among the edits when its facts cannot change', async () => {
    const bare = await applyCustomization(pipeline, made);
    const other = await editor.edit(pipeline.components.textEncoder, [{ question: 'the sky', answer: 'blue' }]);
    await pipeline.apply(other);
    const both = await state();
    expect(await refusalOf(() => bare.add(['the present']))).toMatchObject({ code: 'input' });
    expect(pipeline.edits).toEqual([made.edit, other]);
    expect(await state()).toEqual(both);
    await pipeline.revert(other);
    await bare.remove();
  });

  it('changes facts with an editor only, and not those that were learned with the pictures', async () => {
    const bare = await applyCustomization(pipeline, made);
    const refusal = await refusalOf(() => bare.add(['the present']));
    expect(refusal).toMatchObject({ code: 'input', details: { field: 'editor' } });
    expect(pipeline.edits).toEqual([made.edit]);
    await bare.remove();
    const naive = { ...made, edit: undefined, card: { ...made.card, method: 'naiveDreamBooth' } };
    const learned = await applyCustomization(pipeline, naive, { editor });
    expect((await refusalOf(() => learned.withdraw('the gift'))).message).toMatch(
      /learned "the gift" with the pictures/,
    );
    expect((await refusalOf(() => learned.add(['the gift']))).details).toMatchObject({ request: 0 });
    await learned.remove();
  });

  it('is all or nothing', async () => {
    const misspelt = { adapter: 'x' } as object;
    expect(await refusalOf(() => applyCustomization(pipeline, made, misspelt))).toMatchObject({
      code: 'input',
      details: { field: 'adapter' },
    });
    const elsewhere = (part: 'textEncoder' | 'transformer'): Customization => ({
      ...made,
      card: { ...made.card, baseModel: { ...made.card.baseModel, [part]: 'f'.repeat(64) } },
    });
    for (const part of ['textEncoder', 'transformer'] as const) {
      const refusal = await refusalOf(() => applyCustomization(pipeline, elsewhere(part)));
      expect(refusal).toMatchObject({ code: 'base-model', details: { field: part } });
    }
    const empty = { ...made, edit: made.edit && { ...made.edit, sites: new Map() } };
    expect(await refusalOf(() => applyCustomization(pipeline, empty))).toMatchObject({ code: 'edit' });
    expect([...pipeline.adapters]).toEqual([]);
    const applied = await applyCustomization(pipeline, { ...made, edit: undefined });
    expect(await refusalOf(() => applyCustomization(pipeline, made))).toMatchObject({ code: 'adapter' });
    expect(pipeline.edits).toEqual([]);
    await applied.remove();
  });
});
