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
