/** Edits of down projections with more inputs than a system is factored for, on an encoder whose only large part they are. */
import { cpuBackend } from '@mokus/backend-cpu';
import { addDeltaRows, type TextEncoder, type WeightEntry, type WeightStore } from '@mokus/core';
import { memorySource } from '@mokus/safetensors';
import { expect, it } from 'vitest';
import { createDecoderTextEncoder } from '../../../models/src/index.js';
import { filled } from '../../../models/test/support/filled-tensor.js';
import { tinyOptions } from '../../../models/test/support/text-encoder.js';
import { answerObjective, memit, secondMoments } from '../../src/index.js';
import { request } from '../support/editing.js';
import { relativeError } from '../support/fixtures.js';

const wide = 4100;
const sites = ['layers.0.mlp.down_proj'];

/** The tiny encoder with other numbers and MLPs of 4,100. */
async function wideEncoder(): Promise<TextEncoder> {
  const options = await tinyOptions(cpuBackend({ threads: 1 }));
  const config = options.config as { readonly text_config: { readonly intermediate_size: number } };
  const narrow = config.text_config.intermediate_size;
  const wider = { ...config, text_config: { ...config.text_config, intermediate_size: wide } };
  const entries = new Map<string, WeightEntry>();
  for (const name of options.weights.names()) {
    const shape = options.weights
      .get(name)!
      .shape.map((size) => (name.includes('.mlp.') && size === narrow ? wide : size));
    const source = memorySource(new Uint8Array(filled(name, shape).buffer));
    entries.set(name, { name, dtype: 'f32', shape, source, offset: 0, length: source.size });
  }
  const weights: WeightStore = { name: 'wide', get: (name) => entries.get(name), names: () => entries.keys() };
  return createDecoderTextEncoder({ ...options, config: wider, weights });
}

it('are solved with products on the encoder’s backend as with those on the host', async () => {
  const encoder = await wideEncoder();
  expect(encoder.sites.find(({ id }) => id === sites[0])?.dIn).toBe(wide);
  const statistics = await secondMoments(encoder, ['a tree is green', 'the sea is blue'], { sites, rows: 'all' });
  const editor = memit({ sites, statistics, lambda: 1, mu: 0.05, steps: 5, klFactor: 0, contexts: [] });
  const edit = async (): Promise<Float64Array> => {
    const made = await editor.edit(encoder, [request], { objective: answerObjective() });
    const delta = made.sites.get(sites[0]!)!;
    const product = new Float64Array(delta.dOut * delta.dIn);
    addDeltaRows(delta, 0, delta.dOut, product);
    return product;
  };
  const onBackend = await edit();
  Object.defineProperty(encoder, 'backend', { value: undefined });
  const onHost = await edit();
  expect(relativeError(onBackend, onHost)).toBeLessThan(1e-6);
  await encoder.dispose();
}, 120_000);
