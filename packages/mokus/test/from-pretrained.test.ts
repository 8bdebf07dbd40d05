import { mkdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type MokusError, referenceBackend } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { describe, expect, it } from 'vitest';
import {
  ArchitectureRegistry,
  Backend,
  createContainer,
  type FromPretrainedOptions,
  fromPretrained,
} from '../src/index.js';
import { changeJson } from './support/change-json.js';
import { copyOfTinyFolder, tinyFolder } from './support/tiny-folder.js';

const small = { prompt: 'a cat', height: 16, width: 16, steps: 2, seed: 3 };

function refusal(folder: string): Promise<MokusError> {
  return refusalOf(() => fromPretrained(folder));
}

describe('fromPretrained', () => {
  it('draws the same picture from a path and from a URL, and another with another seed', async () => {
    const pipeline = await fromPretrained(tinyFolder);
    const again = await fromPretrained(pathToFileURL(tinyFolder));
    const { images } = await pipeline.generate(small);
    expect(images).toHaveLength(1);
    expect(images[0]).toMatchObject({ width: 16, height: 16 });
    expect((await again.generate(small)).images).toEqual(images);
    expect((await again.generate({ ...small, seed: 4 })).images).not.toEqual(images);
    await Promise.all([pipeline.dispose(), again.dispose()]);
  });

  it('takes what generate does by default from mokus.json', async () => {
    const folder = await copyOfTinyFolder();
    await writeFile(join(folder, 'mokus.json'), JSON.stringify({ size: 16, steps: 2 }));
    const pipeline = await fromPretrained(folder);
    const { images } = await pipeline.generate({ prompt: 'a cat' });
    expect(images[0]).toMatchObject({ width: 16, height: 16 });
    await pipeline.dispose();
  });

  it('runs on the backend that the container binds', async () => {
    const container = createContainer();
    container.rebind(Backend).toConstantValue(referenceBackend());
    const reference = await fromPretrained(tinyFolder, { container });
    const cpu = await fromPretrained(tinyFolder);
    const [exact, fast] = [await reference.generate(small), await cpu.generate(small)];
    expect(exact.latents.data).not.toEqual(fast.latents.data);
    const largest = Math.max(...exact.latents.data.map(Math.abs));
    const difference = Math.max(
      ...exact.latents.data.map((value, at) => Math.abs(value - (fast.latents.data[at] as number))),
    );
    // f32 against float64 over two steps; the parity bar of the models.
    expect(difference / largest).toBeLessThan(1e-4);
    await Promise.all([reference.dispose(), cpu.dispose()]);
  });

  it('edits the linear layers that siteRoles names', async () => {
    const pipeline = await fromPretrained(tinyFolder, { siteRoles: ['v_proj', 'q_proj'] });
    const { sites } = pipeline.components.textEncoder;
    expect(new Set(sites.map(({ role }) => role))).toEqual(new Set(['q_proj', 'v_proj']));
    await pipeline.dispose();
  });

  it('says which roles there are, and which an encoder of somebody else does not list', async () => {
    const misspelt = { torchDtype: 'f16' } as FromPretrainedOptions;
    expect(await refusalOf(() => fromPretrained(tinyFolder, misspelt))).toMatchObject({
      code: 'input',
      details: { field: 'torchDtype' },
    });
    const unknown = await refusalOf(() => fromPretrained(tinyFolder, { siteRoles: ['c_attn'] }));
    expect(unknown).toMatchObject({ code: 'input', details: { field: 'siteRoles' } });
    expect(unknown.message).toMatch(/"c_attn" is no role of a site; roles are q_proj, k_proj/);
    const container = createContainer();
    const { textEncoders } = container.get(ArchitectureRegistry);
    const made = textEncoders.get('Qwen2_5_VLForConditionalGeneration');
    textEncoders.set('Qwen2_5_VLForConditionalGeneration', async (context) =>
      made!({ ...context, siteRoles: undefined }),
    );
    const missing = await refusalOf(() => fromPretrained(tinyFolder, { container, siteRoles: ['q_proj'] }));
    expect(missing).toMatchObject({ code: 'unsupported', details: { field: 'siteRoles' } });
  });

  it('serves one checkpoint per container', async () => {
    const container = createContainer();
    const pipeline = await fromPretrained(tinyFolder, { container });
    await expect(fromPretrained(tinyFolder, { container })).rejects.toMatchObject({ code: 'input' });
    await pipeline.dispose();
  });

  it('stops when it is cancelled', async () => {
    await expect(fromPretrained(tinyFolder, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'cancelled',
    });
  });
});

describe('fromPretrained refuses', () => {
  it('a folder that is not there', async () => {
    expect((await refusal(join(tinyFolder, 'nowhere'))).code).toBe('checkpoint');
  });

  it('a file that is missing, by its name', async () => {
    const folder = await copyOfTinyFolder();
    await rm(join(folder, 'vae/diffusion_pytorch_model.safetensors'));
    const error = await refusal(folder);
    expect(error.code).toBe('checkpoint');
    expect(error.message).toContain('vae');
  });

  it('a truncated file, by its name', async () => {
    const folder = await copyOfTinyFolder();
    await truncate(join(folder, 'transformer/diffusion_pytorch_model.safetensors'), 5000);
    const error = await refusal(folder);
    expect(error.code).toBe('checkpoint');
    expect(error.message).toContain('diffusion_pytorch_model.safetensors');
  });

  it('a class that nobody registered, and names the known ones', async () => {
    const folder = await copyOfTinyFolder();
    await changeJson(join(folder, 'model_index.json'), (index) => {
      index.transformer = ['diffusers', 'FluxTransformer2DModel'];
    });
    const error = await refusal(folder);
    expect(error.code).toBe('unsupported');
    expect(error.message).toMatch(/FluxTransformer2DModel.*QwenImageTransformer2DModel/s);
  });

  it('an index without a component', async () => {
    const folder = await copyOfTinyFolder();
    await changeJson(join(folder, 'model_index.json'), (index) => {
      delete index.vae;
    });
    expect(await refusal(folder)).toMatchObject({ code: 'checkpoint', details: { field: 'vae' } });
  });

  it.each(['zero_cond_t', 'use_layer3d_rope', 'guidance_embeds'])('a transformer with %s', async (field) => {
    const folder = await copyOfTinyFolder();
    await changeJson(join(folder, 'transformer/config.json'), (config) => {
      config[field] = true;
    });
    const error = await refusal(folder);
    expect(error.code).toBe('config');
    expect(error.message).toContain(field);
    expect(error.message).toContain('config.json');
  });

  it('a size in the config that the tensors do not have, naming a tensor', async () => {
    const folder = await copyOfTinyFolder();
    await changeJson(join(folder, 'text_encoder/config.json'), (config) => {
      const text = (config.text_config ?? config) as Record<string, unknown>;
      text.intermediate_size = 2 * (text.intermediate_size as number);
    });
    const error = await refusal(folder);
    expect(error.code).toBe('weight');
    expect(error.message).toContain('mlp');
  });

  it('a mokus.json with a field that it does not know', async () => {
    const folder = await copyOfTinyFolder();
    await writeFile(join(folder, 'mokus.json'), JSON.stringify({ sise: 64 }));
    expect(await refusal(folder)).toMatchObject({ code: 'config', details: { field: 'sise' } });
  });

  it('a folder where a file should be', async () => {
    const folder = await copyOfTinyFolder();
    await rm(join(folder, 'model_index.json'));
    await mkdir(join(folder, 'model_index.json'));
    expect((await refusal(folder)).code).toBe('checkpoint');
  });
});

describe('the architecture registry', () => {
  it('is open: a class of somebody else loads by what its factory makes', async () => {
    const folder = await copyOfTinyFolder();
    await changeJson(join(folder, 'model_index.json'), (index) => {
      index.transformer = ['somewhere', 'OtherTransformer'];
    });
    const container = createContainer();
    const { transformers } = container.get(ArchitectureRegistry);
    const own = transformers.get('QwenImageTransformer2DModel');
    if (own === undefined) throw new Error('the registry has no Qwen-Image transformer');
    transformers.set('OtherTransformer', own);
    const pipeline = await fromPretrained(folder, { container });
    const original = await fromPretrained(tinyFolder);
    expect((await pipeline.generate(small)).images).toEqual((await original.generate(small)).images);
    await Promise.all([pipeline.dispose(), original.dispose()]);
  });
});
