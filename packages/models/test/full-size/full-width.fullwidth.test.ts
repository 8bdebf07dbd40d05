/**
 * One block of the transformer and one layer of the text encoder as wide as Qwen-Image's, from bf16 files, on the CPU,
 * against diffusers and transformers. Writes up to 0.8 GB to the temporary folder and takes 3 GB of memory.
 */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuBackend } from '@mokus/backend-cpu';
import { checkpointFiles, nodeFolder, writeFileWhole } from '@mokus/checkpoint/node';
import { f32Tensor, type HostTensor, type Json, type WeightStore } from '@mokus/core';
import { streamSafetensors } from '@mokus/safetensors';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readQwenImageTransformerConfig } from '../../src/dit/config.js';
import { traceVelocity } from '../../src/dit/trace-velocity.js';
import { createDecoderTextEncoder, createQwenImageTransformer } from '../../src/index.js';
import { readDecoderConfig } from '../../src/text-encoder/decoder-config.js';
import { forwardProgram } from '../../src/text-encoder/programs.js';
import { filled, filledTensor } from '../support/filled-tensor.js';
import { type ExpectedTensors, expectedTensors, readModelJson, relativeError } from '../support/fixtures.js';

const backend = cpuBackend();

async function configOf(component: string): Promise<Json> {
  return JSON.parse(await readFile(new URL(`../fixtures/fullwidth/${component}.json`, import.meta.url), 'utf8'));
}

/** Writes the tensors as bf16 into one file and opens it. */
async function filledWeights(shapes: ReadonlyMap<string, readonly number[]>): Promise<WeightStore> {
  const folder = await mkdtemp(join(tmpdir(), 'mokus-full-width-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'network'));
  const stream = streamSafetensors([...shapes].map(([name, shape]) => filledTensor(name, shape)));
  await writeFileWhole(join(folder, 'network/model.safetensors'), stream.chunks());
  return checkpointFiles(await nodeFolder(folder)).weights('network');
}

/** The kept columns and the norms of whole rows, each against what the reference has. */
function errorsOf(rows: HostTensor<'f32'>, expected: ExpectedTensors, name: string): number {
  const width = rows.shape.at(-1) ?? 0;
  const columns = expected.f32(`${name}.columns`);
  const [count = 0, kept = 0] = columns.shape;
  const each = Array.from({ length: count }, (_, row) => rows.data.subarray(row * width, (row + 1) * width));
  const actual = each.flatMap((row) => [...row.subarray(0, kept)]);
  const norms = each.map((row) => Math.sqrt(row.reduce((sum, value) => sum + value * value, 0)));
  expect(rows.data).toHaveLength(count * width);
  return Math.max(relativeError(actual, columns.data), relativeError(norms, expected.f32(`${name}.norms`).data));
}

// Measured: velocity 1.0e-5, its gradient 2.8e-5; hidden states 3.1e-5, logits 3.3e-5, gradients at the sites 2.6e-5.
const bound = 1e-4;

describe('at full width, on the CPU, from bf16', () => {
  it('a block of the transformer computes what diffusers does, and its gradient', async () => {
    const config = await configOf('transformer');
    const expected = await expectedTensors('transformer', 'fullwidth');
    const { graph } = traceVelocity(readQwenImageTransformerConfig(config, 'config.json'));
    const shapes = graph.values.flatMap(({ origin, shape }) =>
      origin.kind === 'weight' ? [[origin.name, shape as readonly number[]] as const] : [],
    );
    const weights = await filledWeights(new Map(shapes));
    const dit = await createQwenImageTransformer({ config, weights, backend });
    const input = (name: string, shape: readonly number[]) => f32Tensor(shape, filled(`input.${name}`, shape));
    const request = {
      latents: input('latents', [1, 15, 64]),
      grid: { height: 3, width: 5 },
      sigmas: [0.7],
      conditioning: { hiddenStates: input('states', [1, 7, 3584]), mask: undefined },
    };
    const velocity = await dit.velocity(request);
    expect(relativeError(velocity.data, expected.f32('velocity').data)).toBeLessThan(bound);
    const gradient = await dit.conditioningVjp({ ...request, cotangent: input('cotangent', [1, 15, 64]) });
    expect(errorsOf(gradient, expected, 'gradient')).toBeLessThan(bound);
    await dit.dispose();
  }, 600_000);

  it('a layer of the text encoder computes what transformers does, and the gradients at its sites', async () => {
    const json = await configOf('text_encoder');
    const expected = await expectedTensors('text_encoder', 'fullwidth');
    const config = readDecoderConfig(json, 'config.json');
    const names = { prefix: 'model.', outputProjection: 'lm_head.weight' };
    const program = forwardProgram({ config, names, isEditable: () => false, tapDepth: config.layers });
    const weights = await filledWeights(new Map(program.weights.map(({ name, shape }) => [name, shape])));
    const tokenizer = await readModelJson('tokenizer/tokenizer.json');
    const encoder = await createDecoderTextEncoder({ config: json, tokenizer, weights, backend });
    const ids = new Int32Array(Uint8Array.from(expected.bytes('ids')).buffer);
    const batch = [11, 7].map((length, sequence) => [...ids.subarray(sequence * 11, sequence * 11 + length)]);
    const rows = batch.flatMap((each, sequence) => each.map((_, position) => ({ sequence, position })));
    const last = batch.map((each, sequence) => ({ sequence, position: each.length - 1 }));
    const { hidden, logits } = await encoder.forward({ batch, hidden: rows, logits: last });
    expect(errorsOf(hidden, expected, 'hidden')).toBeLessThan(bound);
    expect(relativeError(logits.data, expected.f32('logits').data)).toBeLessThan(bound);
    const values = f32Tensor([2, 3584], filled('input.cotangent', [2, 3584]));
    const sites = ['gate_proj', 'up_proj'].map((role) => `layers.0.mlp.${role}`);
    const captured = await encoder.capture({
      batch,
      sites,
      rows: last,
      cotangents: { hidden: { rows: last, values } },
    });
    for (const role of ['gate_proj', 'up_proj']) {
      const gradient = captured.get(`layers.0.mlp.${role}`)?.outputGradient;
      expect(gradient?.shape).toEqual([2, 18944]);
      expect(errorsOf(gradient as HostTensor<'f32'>, expected, role)).toBeLessThan(bound);
    }
    await encoder.dispose();
  }, 600_000);
});
