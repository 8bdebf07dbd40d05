import { applyCustomization } from '@mokus/concepts';
import { MokusError, type RunOptions } from '@mokus/core';
import { modelFolder } from '@mokus/emoji-world';
import { type ComputeDType, computeDTypes } from '../backends.js';
import { loadCustomization } from '../customization/load.js';
import { loadEdit } from '../edit-files.js';
import { fromPretrained } from '../from-pretrained.js';
import type { PretrainedPipeline } from '../pretrained-pipeline.js';
import { words } from './options.js';

/** Which model a command works on, and where. */
export const modelArgs = {
  model: { type: 'string', description: 'A folder or hub id. Default: the embedded emoji-world', valueHint: 'folder' },
  revision: { type: 'string', description: 'Of a hub id: a branch, tag or commit', valueHint: 'main' },
  device: { type: 'string', description: 'What it runs on. Default: cpu', valueHint: 'cpu|webgpu|cuda' },
  dtype: { type: 'string', description: 'What cuda computes in. Default: f32', valueHint: 'f32|f16|bf16' },
  json: { type: 'boolean', default: false, description: 'Print the result as JSON' },
} as const;

export interface ModelGiven {
  readonly model?: string | undefined;
  readonly revision?: string | undefined;
  readonly device?: string | undefined;
  readonly dtype?: string | undefined;
}

/** Loads the model that was asked for, and frees it after the work. */
export async function withModel<Result>(
  { model, revision, device, dtype }: ModelGiven,
  { signal, onProgress }: RunOptions,
  work: (pipeline: PretrainedPipeline, isEmbedded: boolean) => Promise<Result>,
): Promise<Result> {
  const pipeline = await fromPretrained(model ?? modelFolder, {
    revision,
    device,
    dtype: dtypeOf(dtype),
    signal,
    onProgress,
  });
  try {
    return await work(pipeline, model === undefined);
  } finally {
    await pipeline.dispose();
  }
}

function dtypeOf(name: string | undefined): ComputeDType | undefined {
  const dtype = computeDTypes.find((each) => each === name);
  if (name === undefined || dtype !== undefined) return dtype;
  const message = `--dtype is one of ${computeDTypes.join(', ')}, got '${name.slice(0, 50)}'`;
  throw new MokusError('input', message, { field: 'dtype' });
}

/** What is put in place before a command works. */
export const inPlaceArgs = {
  edit: { type: 'string', description: 'Edit files or hub ids by commas, in their order', valueHint: 'file' },
  lora: { type: 'string', description: 'LoRA files, folders or hub ids by commas', valueHint: 'file' },
  customization: { type: 'string', description: 'Folders of `mokus customize` by commas', valueHint: 'folder' },
} as const;

export interface InPlaceGiven {
  readonly edit?: string | undefined;
  readonly lora?: string | undefined;
  readonly customization?: string | undefined;
}

export async function putInPlace(
  pipeline: PretrainedPipeline,
  { edit = '', lora = '', customization = '' }: InPlaceGiven,
): Promise<void> {
  const baseModel = await pipeline.components.textEncoder.fingerprint();
  for (const source of words(edit)) await pipeline.apply(await loadEdit(source, { baseModel }));
  for (const source of words(lora)) await pipeline.loadLoraWeights(source, { adapterName: source });
  for (const source of words(customization)) {
    await applyCustomization(pipeline, await loadCustomization(source, pipeline), { adapterName: source });
  }
}
