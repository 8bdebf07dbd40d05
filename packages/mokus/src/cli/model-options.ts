import { MokusError, type RunOptions } from '@mokus/core';
import { modelFolder } from '@mokus/emoji-world';
import { type ComputeDType, computeDTypes } from '../backends.js';
import { loadEdit } from '../edit-files.js';
import { fromPretrained } from '../from-pretrained.js';
import type { PretrainedPipeline } from '../pretrained-pipeline.js';
import { type Given, words } from './options.js';
import { jsonArg } from './run-cli.js';
import { rolesInPlace, siteRolesWith } from './site-roles.js';

const whereArgs = {
  model: { type: 'string', description: 'A folder or hub id. Default: the embedded emoji-world', valueHint: 'folder' },
  revision: { type: 'string', description: 'Of a hub id: a branch, tag or commit. Default: main', valueHint: 'name' },
  device: { type: 'string', description: 'What it runs on. Default: cpu', valueHint: 'cpu|webgpu|webgpu-native|cuda' },
  dtype: {
    type: 'string',
    description: 'What webgpu (f32, f16) and cuda compute in. Default: f32, or f16 where webgpu has it',
    valueHint: 'f32|f16|bf16',
  },
} as const;

/** Which model a command works on, and where. */
export const modelArgs: typeof whereArgs & typeof jsonArg = { ...whereArgs, ...jsonArg };

export type ModelGiven = Pick<Given<typeof whereArgs>, 'model'>;

/** Whether a command works on the embedded model, which has settings of its own. */
export function isEmbedded({ model }: ModelGiven): boolean {
  return model === undefined;
}

/**
 * Loads the model that was asked for, and frees it after the work. Its text encoder lists the default sites, those of the
 * roles named, and those of edits that will be put in place.
 */
export async function withModel<Result>(
  { model, revision, device, dtype, ...given }: Given<typeof whereArgs> & Partial<Given<typeof inPlaceArgs>>,
  { signal, onProgress }: RunOptions,
  work: (pipeline: PretrainedPipeline) => Promise<Result>,
  roles: readonly string[] = [],
): Promise<Result> {
  const siteRoles = siteRolesWith([...roles, ...(await rolesInPlace(given, { signal }))]);
  const pipeline = await fromPretrained(model ?? modelFolder, {
    revision,
    device,
    dtype: dtypeOf(dtype),
    siteRoles,
    signal,
    onProgress,
  });
  try {
    return await work(pipeline);
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
  edit: {
    type: 'string',
    description: 'Edits in place: files or hub ids by commas, in their order',
    valueHint: 'files',
  },
  lora: { type: 'string', description: 'LoRAs in place: files, folders or hub ids by commas', valueHint: 'files' },
  customization: {
    type: 'string',
    description: 'Customizations in place: folders of `mokus customize` or hub ids by commas',
    valueHint: 'folders',
  },
} as const;

/** Loads and applies them. */
export async function putInPlace(
  pipeline: PretrainedPipeline,
  { edit = '', lora = '', customization = '' }: Given<typeof inPlaceArgs>,
  { signal }: Pick<RunOptions, 'signal'>,
): Promise<void> {
  for (const source of words(edit)) await pipeline.apply(await loadEdit(source, { signal }));
  for (const source of words(lora)) await pipeline.loadLoraWeights(source, { adapterName: source, signal });
  for (const source of words(customization)) {
    await pipeline.loadCustomization(source, { adapterName: source, signal });
  }
}
