import { rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { memoryFolder, nodeFolder } from '@mokus/checkpoint/node';
import { createArchitectureRegistry, type MokusError } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { writeSafetensors } from '@mokus/safetensors';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Inspection, inspect } from '../../src/index.js';
import { changeJson } from '../support/change-json.js';
import { fullSizeFolder } from '../support/full-size-folder.js';
import { copyOfTinyFolder, tinyFolder } from '../support/tiny-folder.js';

const component = ({ components }: Inspection, name: string) => {
  const found = components.find((each) => each.component === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};

describe('inspect, on Qwen-Image at full size', () => {
  let full: Inspection;
  beforeAll(async () => {
    full = await inspect(await fullSizeFolder());
  }, 300_000);

  it('counts what is stored, and what programs read of it', () => {
    expect(full.pipeline).toBe('QwenImagePipeline');
    expect(component(full, 'transformer')).toMatchObject({
      className: 'QwenImageTransformer2DModel',
      isOutlined: true,
      files: 9,
      stored: { tensors: 1933, parameters: 20_430_401_088, bytes: 40_860_802_176 },
      byDtype: { BF16: { tensors: 1933, bytes: 40_860_802_176 } },
      read: { tensors: 1927 },
    });
    // 28 layers, the embeddings, the last norm and the output projection: the vision tower is not read.
    expect(component(full, 'text_encoder')).toMatchObject({
      stored: { tensors: 729, parameters: 8_292_166_656 },
      read: { tensors: 339, parameters: 7_615_616_512 },
    });
    expect(component(full, 'vae')).toMatchObject({ files: 1, stored: { tensors: 194, parameters: 126_892_531 } });
    expect(component(full, 'tokenizer')).toMatchObject({ isOutlined: false, files: 0, stored: { tensors: 0 } });
  });

  it('lists the sites of the text encoder', () => {
    const { sites } = component(full, 'text_encoder');
    expect(sites).toHaveLength(84);
    expect(sites[0]).toMatchObject({ id: 'layers.0.mlp.gate_proj', dOut: 18944, dIn: 3584 });
    expect(component(full, 'transformer').sites).toEqual([]);
  });

  it('computes memory by its formula', () => {
    const { workload, generate, edit, learn } = full.memory;
    expect(workload).toEqual({ size: 1024, textTokens: 128, batch: 1, rank: 4 });
    const read = (name: string) => component(full, name).read?.parameters ?? 0;
    expect(generate?.weights).toBe(4 * (read('transformer') + read('text_encoder') + read('vae')));
    expect(generate?.weightsAsStored).toBe((generate?.weights ?? 0) / 2);
    expect(edit?.weights).toBe(4 * 7_615_616_512);
    // Gate and up of each of the 28 layers read the same 3584 inputs.
    expect(edit?.state).toBe(28 * 16 * 3584 ** 2);
    expect(learn?.weights).toBe(4 * read('transformer'));
    expect(learn?.state).toBe(240 * 16 * 4 * (3072 + 3072));
    for (const need of [generate, edit, learn]) {
      expect(need?.total).toBe((need?.weights ?? 0) + (need?.activations ?? 0) + (need?.state ?? 0));
    }
    // Attention of 24 heads over 4096 + 128 positions: its scores and their softmax stand side by side.
    expect(generate?.activations).toBeGreaterThan(2 * 4 * 24 * 4224 ** 2);
    // A backward pass keeps what enters each block's two GELUs; attention's scores are computed again.
    expect(learn?.activations).toBeGreaterThan(60 * 4 * 4 * 3072 * 4224);
  });
});

describe('inspect', () => {
  it('reads a path, a URL and an open folder alike', async () => {
    const { name, ...path } = await inspect(tinyFolder);
    expect(name).toBe(tinyFolder.replace(/\/$/, ''));
    expect(path.components.map((each) => each.component)).toEqual([
      'scheduler',
      'text_encoder',
      'tokenizer',
      'transformer',
      'vae',
    ]);
    expect(await inspect(pathToFileURL(tinyFolder))).toEqual({ name, ...path });
    expect(await inspect(await nodeFolder(tinyFolder))).toEqual({ name, ...path });
  });

  it('needs more for larger pictures, longer prompts, more of them and higher ranks', async () => {
    const small = (await inspect(tinyFolder, { size: 32, textTokens: 50 })).memory;
    const large = (await inspect(tinyFolder, { size: 64, textTokens: 100, batch: 2, rank: 8 })).memory;
    expect(large.workload).toEqual({ size: 64, textTokens: 100, batch: 2, rank: 8 });
    for (const use of ['generate', 'edit', 'learn'] as const) {
      expect(large[use]?.activations).toBeGreaterThan(small[use]?.activations ?? Number.NaN);
      expect(large[use]?.weights).toBe(small[use]?.weights);
    }
    expect(large.learn?.state).toBe(2 * (small.learn?.state ?? Number.NaN));
  });

  it('takes the size of pictures from mokus.json', async () => {
    const folder = await copyOfTinyFolder();
    await writeFile(join(folder, 'mokus.json'), '{ "size": 48 }');
    expect((await inspect(folder)).memory.workload.size).toBe(48);
  });

  it('knows a folder that is one language model', async () => {
    const llama = new URL('../../../models/test/fixtures/decoders/llama/', import.meta.url);
    const inspection = await inspect(llama);
    expect(inspection.pipeline).toBeUndefined();
    const { sites, read, stored } = component(inspection, '');
    expect(sites).toHaveLength(6);
    expect(read).toEqual(stored);
    expect(inspection.memory).toMatchObject({ generate: undefined, learn: undefined, edit: { weights: stored.bytes } });
  });

  it('knows a folder that is one transformer, and what learning on it needs', async () => {
    const whole = await inspect(tinyFolder);
    const alone = await inspect(join(tinyFolder, 'transformer'));
    expect(component(alone, '')).toEqual({ ...component(whole, 'transformer'), component: '' });
    // 128 latent positions each way in both: the codec that is not there halves pictures three times, the tiny one twice.
    expect([whole.memory.workload.size, alone.memory.workload.size]).toEqual([512, 1024]);
    expect(alone.memory).toMatchObject({ generate: undefined, edit: undefined, learn: whole.memory.learn });
  });

  it('counts a component of an unknown class by dtype, and says no more of it', async () => {
    const weights = await writeSafetensors([
      { name: 'a', dtype: 'F8_E4M3', shape: [4, 4], data: new Uint8Array(16) },
      { name: 'b', dtype: 'BF16', shape: [3], data: new Uint8Array(6) },
    ]);
    const text = (content: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(content));
    const folder = memoryFolder(
      'other',
      new Map([
        ['model_index.json', text({ _class_name: 'OtherPipeline', transformer: ['diffusers', 'OtherTransformer'] })],
        ['transformer/diffusion_pytorch_model.safetensors', weights],
      ]),
    );
    const inspection = await inspect(folder);
    expect(component(inspection, 'transformer')).toEqual({
      component: 'transformer',
      className: 'OtherTransformer',
      isOutlined: false,
      files: 1,
      stored: { tensors: 2, parameters: 19, bytes: 22 },
      byDtype: {
        F8_E4M3: { tensors: 1, parameters: 16, bytes: 16 },
        BF16: { tensors: 1, parameters: 3, bytes: 6 },
      },
      read: undefined,
      sites: [],
    });
    expect(inspection.memory).toMatchObject({ generate: undefined, edit: undefined, learn: undefined });
  });

  it('does not say what generating takes where it does not know every network', async () => {
    const folder = await copyOfTinyFolder();
    await changeJson(join(folder, 'model_index.json'), (index) => {
      index.transformer = ['somewhere', 'OtherTransformer'];
    });
    const { memory } = await inspect(folder);
    expect(memory).toMatchObject({ generate: undefined, learn: undefined });
    expect(memory.edit).toEqual((await inspect(tinyFolder)).memory.edit);
  });

  it('asks the registry that is given who knows a class', async () => {
    const inspection = await inspect(tinyFolder, { architectures: createArchitectureRegistry() });
    expect(inspection.components.map(({ isOutlined }) => isOutlined)).toEqual([false, false, false, false, false]);
  });

  it('reports progress and stops when it is cancelled', async () => {
    const events: unknown[] = [];
    await inspect(tinyFolder, { onProgress: (event) => events.push(event) });
    expect(events.at(-1)).toEqual({ kind: 'load', component: 'vae', done: 5, total: 5 });
    expect((await refusalOf(() => inspect(tinyFolder, { signal: AbortSignal.abort() }))).code).toBe('cancelled');
  });
});

describe('inspect refuses', () => {
  const refusal = (folder: string): Promise<MokusError> => refusalOf(() => inspect(folder));

  it('a folder that is not there, and one that is no checkpoint', async () => {
    expect((await refusal(join(tinyFolder, 'nowhere'))).code).toBe('checkpoint');
    const error = await refusal(join(tinyFolder, 'tokenizer'));
    expect([error.code, error.message]).toEqual(['checkpoint', expect.stringContaining('model_index.json')]);
  });

  it('a component without weights, and a truncated file', async () => {
    const folder = await copyOfTinyFolder();
    const file = join(folder, 'transformer/diffusion_pytorch_model.safetensors');
    await truncate(file, 5000);
    expect(await refusal(folder)).toMatchObject({
      code: 'checkpoint',
      details: { file: 'transformer/diffusion_pytorch_model.safetensors' },
    });
    await rm(file);
    expect(await refusal(folder)).toMatchObject({ code: 'checkpoint' });
  });

  it('tensors that do not have the sizes of the config', async () => {
    const folder = await copyOfTinyFolder();
    await changeJson(join(folder, 'transformer/config.json'), (config) => {
      config.joint_attention_dim = 64;
    });
    const error = await refusal(folder);
    expect([error.code, error.details.tensor]).toEqual(['weight', 'txt_norm.weight']);
  });

  it('a network without a class, and a variant that is not honoured', async () => {
    const folder = await copyOfTinyFolder();
    await changeJson(join(folder, 'transformer/config.json'), (config) => {
      config.zero_cond_t = true;
    });
    expect(await refusal(folder)).toMatchObject({ code: 'config', details: { field: 'zero_cond_t' } });
    await changeJson(join(folder, 'transformer/config.json'), (config) => {
      delete config._class_name;
    });
    expect(await refusal(join(folder, 'transformer'))).toMatchObject({
      code: 'checkpoint',
      details: { field: 'architectures' },
    });
  });

  it.each(['size', 'textTokens', 'batch', 'rank'])('a %s that is no whole number from 1', async (field) => {
    for (const value of [0, 1.5, Number.NaN]) {
      const error = await refusalOf(() => inspect(tinyFolder, { [field]: value }));
      expect([error.code, error.details.field]).toEqual(['input', field]);
    }
  });
});
