/** By what a comparison tells editors apart: results of one are never taken for another's. */
import type { TextEncoder } from '@mokus/core';
import { expect, it } from 'vitest';
import { readHparams } from '../src/compare/hparams.js';
import { hparamsVariant } from '../src/compare/variants.js';
import { editorVariants } from '../src/index.js';

// Not asked for anything before an editor is made.
const context = { textEncoder: {} as TextEncoder, preset: undefined, corpus: [] };

it("tells two of EasyEdit's files apart by all that they say", () => {
  const lora = (modules: string) =>
    hparamsVariant(readHparams('lora.yaml', `alg_name: LoRA\nlayers: [4]\ntarget_modules: [${modules}]`), context);
  expect(lora('up_proj').options).toEqual(lora('up_proj').options);
  expect(lora('up_proj').options).not.toEqual(lora('gate_proj').options);
});

it.each(['memit', 'pmet', 'alphaEdit'])('says that %s needs a corpus', (name) => {
  const [variant] = editorVariants([name], context);
  const details = { field: 'corpus' };
  return expect(async () => variant?.create()).rejects.toMatchObject({ code: 'input', details });
});

it("says that EasyEdit's ROME needs one where its ridge is C alone", async () => {
  const file = (adjusts: boolean) => readHparams('rome.yaml', `alg_name: ROME\nmom2_adjustment: ${adjusts}`);
  const details = { field: 'corpus' };
  await expect(async () => hparamsVariant(file(true), context).create()).rejects.toMatchObject({ details });
  expect((await hparamsVariant(file(false), context).create()).name).toBe('rome');
});

it('says which editors carry state from edit to edit', () => {
  const isStateful = (preset: string | undefined) => editorVariants(['ultraEdit'], { ...context, preset })[0]?.stateful;
  // Published UltraEdit: its normaliser has seen all edits before.
  expect(isStateful('qwen2.5-vl-7b')).toBe(true);
  expect(isStateful('emoji-world')).toBe(false);
});

it('saves what such an editor carries, and goes on from it', async () => {
  const [lifelong] = editorVariants(['ultraEdit'], { ...context, preset: 'qwen2.5-vl-7b' });
  expect((await lifelong?.create())?.save?.()).toEqual({});
  const carried = { '2 x 1': { count: 3, mean: [0.1, 0.2, 0.3], squares: [1, 2, 3] } };
  expect((await lifelong?.create(carried))?.save?.()).toEqual(carried);
  await expect(async () => lifelong?.create('nothing of its own')).rejects.toMatchObject({ code: 'input' });
  const [other] = editorVariants(['ultraEdit'], { ...context, preset: 'emoji-world' });
  expect((await other?.create())?.save).toBeUndefined();
});
