import { readFile } from 'node:fs/promises';
import { type HostTensor, i32Tensor, type Json, referenceBackend } from '@mokus/core';
import { describe, expect, it } from 'vitest';
import { readDecoderConfig } from '../../src/text-encoder/decoder-config.js';
import { forwardProgram } from '../../src/text-encoder/programs.js';
import { rotaryTable } from '../../src/text-encoder/rotary-table.js';
import { findDecoderWeights } from '../../src/text-encoder/weight-names.js';
import { expectedTensors, fileWeights, relativeError } from '../support/fixtures.js';

async function decoderConfig(name: string): Promise<{ readonly [key: string]: Json }> {
  return JSON.parse(await readFile(new URL(`../fixtures/decoders/${name}/config.json`, import.meta.url), 'utf8'));
}

/** Logits at every position where the mask is true. */
async function logitsOf(name: string, json: Json): Promise<HostTensor> {
  const config = readDecoderConfig(json, 'config.json');
  const weights = await fileWeights(`decoders/${name}/model.safetensors`);
  const expected = await expectedTensors(`../decoders/${name}/expected`);
  const names = findDecoderWeights(weights);
  const program = forwardProgram({ config, names, isEditable: () => false, tapDepth: config.layers });
  const module = await referenceBackend().load(weights, { forward: program });
  const mask = expected.bool('mask');
  const ids = new Int32Array(Uint8Array.from(expected.bytes('ids')).buffer);
  const rows = i32Tensor([validRows(mask).length], validRows(mask));
  const { logits } = await module.run('forward', {
    ids: i32Tensor(mask.shape, ids),
    keyMask: mask,
    ...rotaryTable(mask.shape[1]!, config.headDim, config.ropeTheta),
    logitsRows: rows,
    hiddenRows: rows,
  });
  return logits!;
}

function validRows(mask: HostTensor<'bool'>): number[] {
  return [...mask.data.keys()].filter((row) => mask.data[row] === 1);
}

describe.each(['qwen2-tied', 'qwen3', 'llama'])('the decoder of %s', (name) => {
  it('computes the logits of transformers', async () => {
    const expected = await expectedTensors(`../decoders/${name}/expected`);
    const all = expected.f32('logits');
    const size = all.shape[2]!;
    const wanted = validRows(expected.bool('mask')).flatMap((row) => [
      ...all.data.subarray(row * size, (row + 1) * size),
    ]);
    const logits = await logitsOf(name, await decoderConfig(name));
    // 7.7e-7 measured at most; transformers computes in fp32.
    expect(relativeError(logits.data, wanted)).toBeLessThan(3e-6);
  });

  it('is the same with the fields of an older config, in text_config or at the top', async () => {
    const { rope_parameters: rope, ...rest } = await decoderConfig(name);
    const { rope_theta: theta } = rope as { readonly rope_theta: number };
    const older = { ...rest, rope_theta: theta, rope_scaling: { type: 'mrope', mrope_section: [1, 1, 1] } };
    const now = await logitsOf(name, await decoderConfig(name));
    expect((await logitsOf(name, older)).data).toEqual(now.data);
    expect((await logitsOf(name, { model_type: 'qwen2_5_vl', text_config: older })).data).toEqual(now.data);
  });
});

describe('what a config leaves unsaid', () => {
  const sizes = {
    vocab_size: 8,
    hidden_size: 8,
    intermediate_size: 8,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    max_position_embeddings: 8,
  };

  it.each([
    ['qwen2_5_vl', 1e-5, 1e6, 4],
    ['qwen2', 1e-6, 1e4, 4],
    ['qwen3', 1e-6, 1e4, 128],
    ['llama', 1e-6, 1e4, 4],
  ])('%s has the defaults of transformers', (modelType, rmsNormEpsilon, ropeTheta, headDim) => {
    const config = readDecoderConfig({ ...sizes, model_type: modelType }, 'config.json');
    expect(config).toMatchObject({ rmsNormEpsilon, ropeTheta, headDim, keyValueHeads: 2, tiedEmbeddings: false });
  });
});
