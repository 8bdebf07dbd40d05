import { type Json, referenceBackend, type WeightStore } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { describe, expect, it } from 'vitest';
import { rotaryTables } from '../../src/dit/rotary-positions.js';
import { createQwenImageTransformer } from '../../src/index.js';
import { componentWeights, readModelJson } from '../support/fixtures.js';

const json = (await readModelJson('transformer/config.json')) as { readonly [key: string]: Json };
const stored = await componentWeights('transformer');
const file = 'some/transformer/config.json';

const create = (config: Json, weights: WeightStore = stored) =>
  createQwenImageTransformer({ config, weights, backend: referenceBackend(), file });

describe('a transformer config that is not honoured', () => {
  it.each([
    ['zero_cond_t', true],
    ['use_additional_t_cond', true],
    ['use_layer3d_rope', true],
    ['guidance_embeds', true],
    ['axes_dims_rope', [8, 4, 6]],
    ['axes_dims_rope', [7, 5, 4]],
    ['axes_dims_rope', [8, 8]],
    ['out_channels', 5],
    ['num_layers', 0],
    ['num_attention_heads', '3'],
    ['joint_attention_dim', 12.5],
  ])('%s = %j is refused by file and field', async (field, value) => {
    const error = await refusalOf(() => create({ ...json, [field]: value }));
    expect(error.code).toBe('config');
    expect(error.details).toMatchObject({ file, field });
    expect(error.message).toContain(`${file}: ${field} is ${JSON.stringify(value)}`);
  });

  it.each([[null], [[]], ['text'], [3]])('%j in place of the config is refused', async (config) => {
    const error = await refusalOf(() => create(config));
    expect(error.code).toBe('config');
    expect(error.message).toContain(`${file} is not a JSON object`);
  });

  it('takes the older form of the config, without the switches, and an out_channels of null', async () => {
    const { zero_cond_t: _a, use_additional_t_cond: _b, use_layer3d_rope: _c, ...older } = json;
    const dit = await create({ ...older, pooled_projection_dim: 768 });
    expect(dit.info).toEqual({
      architecture: 'QwenImageTransformer2DModel',
      inChannels: 16,
      patchSize: 2,
      conditioningSize: 32,
      adapterTargets: [0, 1].flatMap((block) =>
        ['to_q', 'to_k', 'to_v', 'to_out.0'].map((name) => `transformer_blocks.${block}.attn.${name}`),
      ),
    });
    const error = await refusalOf(() => create({ ...json, out_channels: null }));
    expect(error.message).toMatch(/got 2\^2 \* 16 and 16/);
  });
});

describe('transformer weights that do not fit', () => {
  const name = 'transformer_blocks.1.attn.to_q.weight';
  const without: WeightStore = { ...stored, get: (each) => (each === name ? undefined : stored.get(each)) };
  const narrow: WeightStore = {
    ...stored,
    get: (each) => stored.get(each === name ? 'transformer_blocks.1.attn.norm_q.weight' : each),
  };

  it.each([
    ['missing', without],
    ['of another shape', narrow],
  ])('a tensor that is %s is named', async (_what, weights) => {
    const error = await refusalOf(() => create(json, weights));
    expect(error.code).toBe('weight');
    expect(error.details.tensor).toBe(name);
    expect(error.message).toContain(name);
  });
});

describe('positions', () => {
  it('the last one is 4095: one token more is refused', async () => {
    const grid = { height: 3, width: 8 };
    expect(rotaryTables([8, 4, 4], grid, 4092).cos.shape).toEqual([4092 + 24, 8]);
    const error = await refusalOf(() => rotaryTables([8, 4, 4], grid, 4093));
    expect(error.code).toBe('input');
    expect(error.message).toMatch(/4093 text tokens after a grid of 3 x 8 tokens pass position 4095/);
  });
});
