import type { FolderSource } from '@mokus/checkpoint';
import { type ByteSource, MokusError } from '@mokus/core';
import { streamSafetensors, type TensorToWrite } from '@mokus/safetensors';
import {
  type FullSizeComponent,
  type FullSizeNetwork,
  fullSizeNetwork,
} from '../../../models/test/support/full-size.js';

/** What diffusers and transformers save to one file at most. */
const shardBytes = 5e9;

const stems: Readonly<Record<FullSizeComponent, string>> = {
  transformer: 'diffusion_pytorch_model',
  text_encoder: 'model',
  vae: 'diffusion_pytorch_model',
};

/**
 * Qwen-Image at full size as a checkpoint in bf16, sharded as it would be saved: every config, index and header is there,
 * and no tensor. Whoever reads a tensor's bytes is refused.
 */
export async function fullSizeFolder(): Promise<FolderSource> {
  const files = new Map<string, ByteSource>();
  const put = (path: string, content: unknown): void => {
    files.set(path, wholeSource(path, new TextEncoder().encode(JSON.stringify(content))));
  };
  const index: Record<string, unknown> = {
    _class_name: 'QwenImagePipeline',
    scheduler: ['diffusers', 'FlowMatchEulerDiscreteScheduler'],
    tokenizer: ['transformers', 'Qwen2Tokenizer'],
  };
  put('scheduler/scheduler_config.json', { _class_name: 'FlowMatchEulerDiscreteScheduler' });
  for (const [component, stem] of Object.entries(stems) as [FullSizeComponent, string][]) {
    const network = await fullSizeNetwork(component);
    index[component] = [component === 'text_encoder' ? 'transformers' : 'diffusers', network.className];
    put(`${component}/config.json`, network.config);
    const shards = shardsOf(network);
    const nameOf = (at: number): string =>
      shards.length === 1
        ? `${stem}.safetensors`
        : `${stem}-${String(at + 1).padStart(5, '0')}-of-${String(shards.length).padStart(5, '0')}.safetensors`;
    for (const [at, tensors] of shards.entries()) {
      const path = `${component}/${nameOf(at)}`;
      files.set(path, await headerSource(path, tensors));
    }
    if (shards.length === 1) continue;
    const weightMap = shards.flatMap((tensors, at) => tensors.map(({ name }) => [name, nameOf(at)]));
    put(`${component}/${stem}.safetensors.index.json`, { weight_map: Object.fromEntries(weightMap) });
  }
  put('model_index.json', index);
  return {
    name: 'full-size',
    exists: async (path) => files.has(path),
    open: async (path) => {
      const source = files.get(path);
      if (source === undefined) throw new MokusError('checkpoint', `there is no ${path}`, { file: path });
      return source;
    },
  };
}

function shardsOf({ tensors }: FullSizeNetwork): TensorToWrite[][] {
  const shards: TensorToWrite[][] = [];
  let room = 0;
  for (const [name, shape] of tensors) {
    const bytes = shape.reduce((product, each) => product * each, 2);
    if (bytes > room) {
      shards.push([]);
      room = shardBytes;
    }
    shards.at(-1)?.push({ name, dtype: 'BF16', shape, data: () => Promise.reject(new Error(`${name} was read`)) });
    room -= bytes;
  }
  return shards;
}

/** A file of which only the header exists. */
async function headerSource(name: string, tensors: readonly TensorToWrite[]): Promise<ByteSource> {
  const stream = streamSafetensors(tensors);
  const chunks = stream.chunks();
  const { value: header } = await chunks.next();
  if (header === undefined) throw new Error(`${name} has no header`);
  return { ...wholeSource(name, header), size: stream.size };
}

function wholeSource(name: string, bytes: Uint8Array): ByteSource {
  return {
    name,
    size: bytes.byteLength,
    read: async (offset, length) => {
      if (offset + length > bytes.byteLength) throw new Error(`${name}: a tensor's bytes were read`);
      return bytes.slice(offset, offset + length);
    },
  };
}
