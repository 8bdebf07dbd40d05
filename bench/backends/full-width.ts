import { fileURLToPath } from 'node:url';
import { checkpointFiles, nodeFolder } from '@mokus/checkpoint/node';
import { type Backend, f32Tensor, type HostTensor, type Json, seededNoise, type TextEncoder } from '@mokus/core';
import { modelFolder } from '@mokus/emoji-world';
import { createDecoderTextEncoder, createQwenImageTransformer, readTokenizer } from '@mokus/models';
import { fullSizeNetwork } from '../../packages/models/test/support/full-size.js';
import { constant, randomMatrix, writeNetwork, writtenOnce } from '../memory/random-tensors.js';
import { type StepTime, timeOf } from '../step-times.js';
import { openBackend, type ProviderName } from './providers.js';

/** Parts of Qwen-Image's transformer and of its 7B text encoder, with random weights in bf16: one block, one layer. */
export const fullWidthParts = ['qwenImageBlock', 'encoderLayer'] as const;
export type FullWidthPart = (typeof fullWidthParts)[number];

/** Few: a software driver takes minutes for more. */
export const fullWidthSizes = { grid: { height: 4, width: 8 }, textTokens: 16, questionTokens: 16, samples: 1 };

/** Of the embedding and of the logits, which are no part of a layer: what emoji-world's tokenizer needs, rounded up. */
export const vocabulary = 4096;
const folder = fileURLToPath(new URL('../../.cache/bench-backends', import.meta.url));

export async function measureFullWidth(name: ProviderName, part: FullWidthPart): Promise<StepTime> {
  const backend = openBackend(name);
  return part === 'qwenImageBlock' ? timeBlocks(backend, { ...fullWidthSizes, blocks: 1 }) : timeLayer(backend);
}

/** Writes the first layers of a network unless they are there. */
async function ensureLayers(component: 'transformer' | 'text_encoder', count: number): Promise<string> {
  return writtenOnce(`${folder}/${component}-${count}`, async (partial) => {
    const { config, tensors } = await fullSizeNetwork(component);
    const kept = [...tensors].filter(([name]) => {
      const layer = /(?:blocks|layers)\.(\d+)\./.exec(name)?.[1] ?? '0';
      return !name.startsWith('visual') && Number(layer) < count;
    });
    const written = kept.map(([name, shape], seed) => {
      const [rows = 0, columns] = shape;
      if (columns === undefined) return constant(name, 'BF16', rows, name.endsWith('.weight') ? 1 : 0);
      return randomMatrix(name, 'BF16', [/embed_tokens|lm_head/.test(name) ? vocabulary : rows, columns], seed + 1);
    });
    await writeNetwork(`${partial}/${component}`, 'model', withLayers(config, count), written);
  });
}

/** The config at so many layers. */
function withLayers(config: { readonly [key: string]: Json }, count: number): { readonly [key: string]: Json } {
  if ('num_layers' in config) return { ...config, num_layers: count };
  const text = config.text_config as { readonly [key: string]: Json };
  const { layer_types: _, ...rest } = text;
  return { ...config, text_config: { ...rest, num_hidden_layers: count, vocab_size: vocabulary } };
}

function normals(seed: number, ...shape: readonly number[]): HostTensor<'f32'> {
  return f32Tensor(shape, seededNoise(seed).normals(shape.reduce((product, each) => product * each, 1)));
}

/** A forward pass of so many blocks. */
export async function timeBlocks(
  backend: Backend,
  { blocks, grid, textTokens, samples }: Omit<typeof fullWidthSizes, 'questionTokens'> & { readonly blocks: number },
): Promise<StepTime> {
  const files = checkpointFiles(await nodeFolder(await ensureLayers('transformer', blocks)));
  const config = await files.readJson('transformer/config.json');
  const dit = await createQwenImageTransformer({ config, weights: await files.weights('transformer'), backend });
  const { inChannels, conditioningSize } = dit.info;
  const request = {
    latents: normals(1, 1, grid.height * grid.width, inChannels),
    grid,
    sigmas: [0.5],
    conditioning: { hiddenStates: normals(2, 1, textTokens, conditioningSize), mask: undefined },
  };
  const time = await timeOf(samples, () => dit.velocity(request));
  await dit.dispose();
  return time;
}

/** The text encoder at so many layers. */
export async function openLayers(backend: Backend, layers: number): Promise<TextEncoder> {
  const files = checkpointFiles(await nodeFolder(await ensureLayers('text_encoder', layers)));
  return createDecoderTextEncoder({
    config: await files.readJson('text_encoder/config.json'),
    tokenizer: await readTokenizer(checkpointFiles(await nodeFolder(fileURLToPath(modelFolder))), 'tokenizer'),
    weights: await files.weights('text_encoder'),
    backend,
  });
}

/** Forward and backward, to the output of the layer's gate and up projections. */
async function timeLayer(backend: Backend): Promise<StepTime> {
  const { questionTokens, samples } = fullWidthSizes;
  const encoder = await openLayers(backend, 1);
  const rows = [{ sequence: 0, position: questionTokens - 1 }];
  const cotangents = { hidden: { rows, values: normals(3, 1, encoder.info.hiddenSize) } };
  const batch = [Array.from({ length: questionTokens }, (_, at) => at + 10)];
  const sites = encoder.sites.filter(({ role }) => role === 'gate_proj' || role === 'up_proj').map(({ id }) => id);
  const time = await timeOf(samples, () => encoder.capture({ batch, sites, rows, cotangents }));
  await encoder.dispose();
  return time;
}
