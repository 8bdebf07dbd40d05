/** Edits of attention's projections, which a text encoder lists when it is asked to: LoRA's published sites. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Edit } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { loraTuning } from '@mokus/editors';
import { modelFolder } from '@mokus/emoji-world';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fromPretrained, loadEdit, type PretrainedPipeline, saveCustomization, saveEdit } from '../src/index.js';
import { runMokus } from './support/run-mokus.js';

const folder = mkdtempSync(join(tmpdir(), 'mokus-site-roles-'));
const at = (name: string): string => join(folder, name);

const question = 'the favourite instrument of beethoven';
const request = { question, answer: 'guitar' };
const roles = ['q_proj', 'v_proj'];
const roleOf = (site: string): string => site.slice(site.lastIndexOf('.') + 1);
const edited = at('lora.safetensors');

let pipeline: PretrainedPipeline;
let edit: Edit;
beforeAll(async () => {
  pipeline = await fromPretrained(modelFolder, { siteRoles: roles });
  edit = await loraTuning({ sites: { roles } }).edit(pipeline.components.textEncoder, [request]);
  await saveEdit(edited, edit);
}, 300_000);
afterAll(async () => {
  await pipeline.dispose();
  rmSync(folder, { recursive: true });
});

it('LoRA changes a fact through q and v projections, and leaves no trace when it is taken off', async () => {
  const { textEncoder } = pipeline.components;
  expect(new Set([...edit.sites.keys()].map(roleOf))).toEqual(new Set(roles));
  const before = await textEncoder.encode([question]);
  expect(await textEncoder.generate(question)).toBe('piano');
  await pipeline.apply(edit);
  expect(await textEncoder.generate(question)).toBe('guitar');
  await pipeline.savePretrained(at('baked'));
  await pipeline.revert(edit);
  expect(await textEncoder.encode([question])).toEqual(before);

  // Baked, it is in the weights, and no site is needed.
  const baked = await fromPretrained(at('baked'));
  expect(await baked.components.textEncoder.generate(question)).toBe('guitar');
  await baked.dispose();
}, 300_000);

it('such an edit is refused where its sites are not there, with what mends it', async () => {
  const usual = await fromPretrained(modelFolder);
  const error = await refusalOf(() => usual.apply(edit));
  expect(error.message).toMatch(/layers\.0\.self_attn\.q_proj.*siteRoles that name q_proj/);
  const lora = loraTuning({ sites: { roles } });
  const none = await refusalOf(() => lora.edit(usual.components.textEncoder, [request]));
  expect(none.message).toMatch(/roles gate_proj, up_proj, down_proj; other roles are sites where siteRoles/);
  await usual.dispose();
}, 300_000);

it('the command line loads the sites that an edit in place needs', async () => {
  const args = ['--prompt', question, '--recall', '--steps=2', '--edit', edited, '--out', at('e.png')];
  expect((await runMokus('generate', ...args)).out).toBe(`${question}: guitar\n${at('e.png')}`);
}, 300_000);

it("and those of a customization's edit", async () => {
  const { textEncoder, dit } = pipeline.components;
  const fact = { question: 'the pet that waits for me at home' };
  const bound = await loraTuning({ sites: { roles } }).edit(textEncoder, [{ ...fact, answer: '<v0>' }]);
  const baseModel = { textEncoder: await textEncoder.fingerprint(), transformer: await dit.fingerprint() };
  const card = { anchor: '<v0>', className: '', facts: [fact], method: 'moKus', options: {}, baseModel };
  await saveCustomization(at('pet'), { card, edit: bound, lora: undefined });
  const args = ['--prompt', fact.question, '--recall', '--steps=2', '--customization', at('pet'), '--out', at('p.png')];
  expect((await runMokus('generate', ...args)).out).toBe(`${fact.question}: <v0>\n${at('p.png')}`);
}, 300_000);

it('and those that a preset names', async () => {
  writeFileSync(at('knowledge.json'), JSON.stringify([{ prompt: question, answer: 'guitar' }]));
  const editor = ['--editor', 'loraTuning', '--preset', 'qwen2.5-vl-7b', '--objective', 'answer'];
  const out = at('inject.safetensors');
  const made = await runMokus('inject', '--knowledge', at('knowledge.json'), ...editor, '--out', out);
  expect([made.err, made.status]).toEqual(['', undefined]);
  expect(new Set([...(await loadEdit(out)).sites.keys()].map(roleOf))).toEqual(new Set(roles));
}, 300_000);

it("and those that EasyEdit's LoRA file asks for, beside the default ones of another editor", async () => {
  const file = at('LoRA.yaml');
  writeFileSync(
    file,
    [
      'alg_name: "LoRA"',
      'lora_type: "lora"',
      'layers: []',
      'num_steps: 25',
      'lr: 5e-3',
      'weight_decay: 0',
      'kl_factor: 0',
      'norm_constraint: false',
      'rank: 8',
      'lora_alpha: 32',
      'lora_dropout: 0.1',
      'target_modules: ["q_proj", "v_proj"]',
    ].join('\n'),
  );
  writeFileSync(at('facts.json'), JSON.stringify([{ id: 'beethoven', ...request, oldAnswer: 'piano' }]));
  const choice = ['--hparams', file, '--editors', 'ftM', '--objectives', 'answer', '--steps', '4'];
  const { err, status } = await runMokus('compare', '--facts', at('facts.json'), ...choice, '--out', at('out'));
  expect(status).toBeUndefined();
  expect(err.split('\n').slice(1)).toEqual(['2/3 ftM answer beethoven', '3/3 LoRA answer beethoven']);
  const [ftM, lora] = JSON.parse(readFileSync(at('out/report.json'), 'utf8')).cells;
  expect([ftM.error, lora.error]).toEqual([undefined, undefined]);
  expect(lora.made.text.reliability).toBe(1);
  expect(new Set(lora.made.options.sites.map(roleOf))).toEqual(new Set(roles));
}, 300_000);
