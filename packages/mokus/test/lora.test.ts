/** LoRAs that diffusers and peft saved, in a pipeline; tools/models-fixtures/lora.py makes them and what they compute. */
import { createHash } from 'node:crypto';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { boolTensor, f32Tensor, type HostTensor, type LoraModule, type VelocityRequest } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { memorySource, openSafetensors, toFloat32Array } from '@mokus/safetensors';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { fromPretrained } from '../src/index.js';
import { copyOfTinyFolder, tinyFolder } from './support/tiny-folder.js';

const fixtures = fileURLToPath(new URL('../../models/test/fixtures/', import.meta.url));
const lora = join(fixtures, 'lora');
const expected = await tensorsOf(join(lora, 'expected.safetensors'));
const request = await maskedRequest();
const pipeline = await fromPretrained(tinyFolder);
const { dit } = pipeline.components;

afterEach(async () => {
  await pipeline.unfuse().catch(() => undefined);
  await pipeline.deleteAdapters([...pipeline.adapters.keys()]);
});
afterAll(() => pipeline.dispose());

async function tensorsOf(path: string): Promise<Map<string, HostTensor<'f32'>>> {
  const file = await openSafetensors(memorySource(await readFile(path), path));
  const found = new Map<string, HostTensor<'f32'>>();
  for (const [name, { shape, dtype }] of file.tensors) {
    if (dtype === 'F32') found.set(name, f32Tensor(shape, toFloat32Array(await file.read(name), dtype)));
    else found.set(name, f32Tensor(shape, Float32Array.from(await file.read(name))));
  }
  return found;
}

async function maskedRequest(): Promise<VelocityRequest> {
  const tensors = await tensorsOf(join(fixtures, 'expected/transformer.safetensors'));
  const named = (name: string): HostTensor<'f32'> => {
    const tensor = tensors.get(`masked.${name}`);
    if (tensor === undefined) throw new Error(`no masked.${name}`);
    return tensor;
  };
  const mask = named('mask');
  return {
    latents: named('latents'),
    grid: { height: 3, width: 5 },
    sigmas: [...named('sigmas').data],
    conditioning: { hiddenStates: named('states'), mask: boolTensor(mask.shape, Uint8Array.from(mask.data)) },
  };
}

/** Largest difference as a share of the largest expected magnitude. */
function relativeError(actual: Float32Array, wanted: Float32Array | undefined): number {
  if (wanted === undefined || actual.length !== wanted.length) throw new Error('another number of values');
  const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return actual.reduce((most, value, at) => Math.max(most, Math.abs(value - (wanted[at] as number))), 0) / largest;
}

async function velocity(): Promise<Float32Array> {
  return (await dit.velocity(request)).data;
}

/** Difference to what diffusers computes with these adapters. */
async function errorOf(name: 'none' | 'style' | 'other' | 'both'): Promise<number> {
  return relativeError(await velocity(), expected.get(`velocity.${name}`)?.data);
}

// 1.8e-5 was measured, of adapters that change the velocity by 1.04; 7e-6 without, as diffusers' sine is of fp32.
const tolerance = 5e-5;

describe('a LoRA of diffusers or peft', () => {
  it('computes what diffusers does, alone and with others by weight, and leaves no trace', async () => {
    const before = await velocity();
    expect(await errorOf('none')).toBeLessThan(tolerance);
    await pipeline.loadLoraWeights(join(lora, 'style'), { adapterName: 'style' });
    expect(await errorOf('style')).toBeLessThan(tolerance);
    await pipeline.loadLoraWeights(join(lora, 'other/adapter_model.safetensors'), { adapterName: 'other' });
    expect([...pipeline.adapters]).toEqual([
      ['style', 1],
      ['other', 1],
    ]);
    await pipeline.setAdapters(['style', 'other'], [0.7, -0.4]);
    expect(await errorOf('both')).toBeLessThan(tolerance);
    const both = await velocity();
    await pipeline.setAdapters('other');
    expect(await errorOf('other')).toBeLessThan(tolerance);
    await pipeline.setAdapters([]);
    expect(await velocity()).toEqual(before);
    await pipeline.setAdapters(['style', 'other'], [0.7, -0.4]);
    expect(await velocity()).toEqual(both);
    await pipeline.deleteAdapters('style');
    await pipeline.setAdapters('other', 1);
    expect(await errorOf('other')).toBeLessThan(tolerance);
    await pipeline.deleteAdapters('other');
    expect(await velocity()).toEqual(before);
    expect(dit.deltas()).toEqual([]);
  });

  it('has the alpha of its settings, and without settings its rank', async () => {
    await pipeline.loadLoraWeights(join(lora, 'style'), { adapterName: 'style' });
    await pipeline.loadLoraWeights(join(lora, 'plain'), { adapterName: 'plain' });
    await pipeline.loadLoraWeights(join(lora, 'other'), { adapterName: 'other' });
    const module = (adapter: string, id: string): Pick<LoraModule, 'rank' | 'alpha'> | undefined =>
      pipeline.adapter(adapter).modules.get(`transformer_blocks.${id}`);
    expect(module('style', '1.attn.to_q')).toMatchObject({ rank: 4, alpha: 8 });
    expect(module('plain', '1.attn.to_q')).toMatchObject({ rank: 4, alpha: 4 });
    // use_rslora: the scale is alpha / sqrt(rank).
    expect(module('other', '0.attn.to_q')).toMatchObject({ rank: 3, alpha: 2 * Math.sqrt(3) });
    expect(module('other', '1.attn.to_q')).toMatchObject({ rank: 2, alpha: 2 * Math.sqrt(2) });
    expect(module('other', '0.img_mlp.net.0.proj')).toMatchObject({ rank: 5, alpha: 2 * Math.sqrt(5) });
    expect(module('other', '0.txt_mlp.net.2')).toMatchObject({ rank: 3, alpha: 6 * Math.sqrt(3) });
    await pipeline.setAdapters('plain', 2);
    expect(await errorOf('style')).toBeLessThan(tolerance);
  });

  it('fused stays whatever is set, with its scale, and unfused is as it was', async () => {
    await pipeline.loadLoraWeights(join(lora, 'style'), { adapterName: 'style' });
    await pipeline.setAdapters('style', 1.4);
    const loose = await velocity();
    await pipeline.fuse({ scale: 0.5 });
    await pipeline.loadLoraWeights(join(lora, 'other'), { adapterName: 'other' });
    await pipeline.setAdapters('other', -0.4);
    expect(await errorOf('both')).toBeLessThan(tolerance);
    expect([...pipeline.adapters]).toEqual([
      ['style', 0.7],
      ['other', -0.4],
    ]);
    expect((await refusalOf(() => pipeline.setAdapters('style'))).message).toMatch(/fused; unfuse first/);
    expect((await refusalOf(() => pipeline.deleteAdapters('style'))).code).toBe('adapter');
    await pipeline.unfuse();
    await pipeline.deleteAdapters('other');
    expect(await velocity()).toEqual(loose);
    expect((await refusalOf(() => pipeline.unfuse())).code).toBe('adapter');
    await pipeline.setAdapters([]);
    expect((await refusalOf(() => pipeline.fuse())).code).toBe('adapter');
  });
});

describe('saving', () => {
  it.each(['diffusers', 'kohya'] as const)('in the form of %s, a LoRA comes back the same', async (format) => {
    const folder = join(await copyOfTinyFolder(), 'new/lora');
    await pipeline.loadLoraWeights(join(lora, 'other'), { adapterName: 'other' });
    const [before, saved] = [await velocity(), pipeline.adapter('other')];
    await pipeline.saveLoraWeights(folder, { format });
    expect(await readdir(folder)).toEqual(['pytorch_lora_weights.safetensors']);
    await pipeline.deleteAdapters('other');
    await pipeline.loadLoraWeights(folder);
    // Alpha over rank is rounded into B in the portable form, alpha to fp32 in the other.
    expect(relativeError(await velocity(), before)).toBeLessThan(1e-6);
    const loaded = pipeline.adapter('default');
    expect([...loaded.modules.keys()]).toEqual([...saved.modules.keys()]);
    for (const [id, { rank, alpha, down }] of loaded.modules) {
      const original = saved.modules.get(id);
      expect(down).toEqual(original?.down);
      expect(rank).toBe(original?.rank);
      expect(alpha).toBe(format === 'kohya' ? Math.fround(original?.alpha ?? 0) : rank);
    }
  });

  it('puts what acts into the weights of a saved pipeline', async () => {
    const target = join(await copyOfTinyFolder(), 'saved');
    await pipeline.loadLoraWeights(join(lora, 'style'), { adapterName: 'style' });
    await pipeline.fuse({ scale: 0.7 });
    await pipeline.loadLoraWeights(join(lora, 'other'), { adapterName: 'other' });
    await pipeline.setAdapters('other', -0.4);
    await pipeline.savePretrained(target);
    const saved = await fromPretrained(target);
    const { data } = await saved.components.dit.velocity(request);
    expect(relativeError(data, expected.get('velocity.both')?.data)).toBeLessThan(tolerance);
    expect([...saved.adapters]).toEqual([]);
    const { adapters } = JSON.parse(await readFile(join(target, 'mokus-edits.json'), 'utf8'));
    expect(adapters).toMatchObject([
      { name: 'style', weight: 0.7, layers: pipeline.adapter('style').modules.size },
      { name: 'other', weight: -0.4, layers: pipeline.adapter('other').modules.size },
    ]);
    const alone = join(target, '../alone');
    await pipeline.saveLoraWeights(alone, { adapterName: 'other' });
    const file = await readFile(join(alone, 'pytorch_lora_weights.safetensors'));
    expect(adapters[1].sha256).toBe(createHash('sha256').update(file).digest('hex'));
    await saved.dispose();
  });

  it('asks which one when there are several, and for a name inside the folder', async () => {
    const folder = await copyOfTinyFolder();
    expect((await refusalOf(() => pipeline.saveLoraWeights(folder))).message).toMatch(/loaded are: none/);
    await pipeline.loadLoraWeights(join(lora, 'style'), { adapterName: 'a' });
    await pipeline.loadLoraWeights(join(lora, 'style'), { adapterName: 'b' });
    expect((await refusalOf(() => pipeline.saveLoraWeights(folder))).message).toMatch(/adapterName; loaded are: a, b/);
    const outside = { adapterName: 'a', weightName: '../lora.safetensors' };
    expect((await refusalOf(() => pipeline.saveLoraWeights(folder, outside))).code).toBe('checkpoint');
  });
});

describe('what is refused leaves the pipeline as it was', () => {
  it('names that are unknown or taken, weights that do not fit', async () => {
    await pipeline.loadLoraWeights(join(lora, 'style'), { adapterName: 'style' });
    const before = await velocity();
    const refused: readonly (readonly [code: string, run: () => Promise<void>])[] = [
      ['adapter', () => pipeline.loadLoraWeights(join(lora, 'other'), { adapterName: 'style' })],
      ['adapter', () => pipeline.setAdapters(['style', 'none'])],
      ['adapter', () => pipeline.deleteAdapters(['style', 'none'])],
      ['input', () => pipeline.setAdapters(['style'], [1, 2])],
      ['input', () => pipeline.setAdapters(['style', 'style'], [1, 2])],
      ['input', () => pipeline.setAdapters('style', Number.NaN)],
      ['input', () => pipeline.fuse({ scale: Number.POSITIVE_INFINITY })],
      ['adapter', () => pipeline.addAdapter('empty', { modules: new Map() })],
    ];
    for (const [code, run] of refused) expect((await refusalOf(run)).code).toBe(code);
    expect([...pipeline.adapters]).toEqual([['style', 1]]);
    expect(await velocity()).toEqual(before);
  });

  it('an adapter of which one layer does not fit', async () => {
    await pipeline.loadLoraWeights(join(lora, 'style'), { adapterName: 'style' });
    const before = await velocity();
    const modules = new Map([...pipeline.adapter('style').modules].slice(0, 2));
    const [last] = [...modules.values()].slice(-1);
    if (last === undefined) throw new Error('the LoRA has no layers');
    const stranger = new Map([...modules, ['transformer_blocks.9.attn.to_q', last]]);
    expect((await refusalOf(() => pipeline.addAdapter('wrong', { modules: stranger }))).code).toBe('site');
    const broken = new Map([...modules, ['proj_out', last]]);
    expect((await refusalOf(() => pipeline.addAdapter('wrong', { modules: broken }))).code).toBe('edit');
    expect([...pipeline.adapters]).toEqual([['style', 1]]);
    expect(await velocity()).toEqual(before);
  });

  it('a place where there is no LoRA, by name', async () => {
    const folder = await copyOfTinyFolder();
    const missing = await refusalOf(() => pipeline.loadLoraWeights(join(folder, 'nothing')));
    expect(missing.message).toMatch(/nothing is no file or folder here, and no hub id/);
    const none = await refusalOf(() => pipeline.loadLoraWeights(folder));
    expect(none.message).toMatch(
      /neither pytorch_lora_weights.safetensors nor adapter_model.safetensors; .* weightName/,
    );
    await cp(join(lora, 'style/pytorch_lora_weights.safetensors'), join(folder, 'mine.safetensors'));
    await pipeline.loadLoraWeights(folder, { weightName: 'mine.safetensors' });
    expect(await errorOf('style')).toBeLessThan(tolerance);
    await writeFile(join(folder, 'mine.safetensors'), 'no safetensors');
    const damaged = () => pipeline.loadLoraWeights(join(folder, 'mine.safetensors'), { adapterName: 'damaged' });
    expect((await refusalOf(damaged)).code).toBe('checkpoint');
  });
});
