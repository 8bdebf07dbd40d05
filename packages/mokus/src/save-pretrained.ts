import { createHash } from 'node:crypto';
import {
  type BakedAdapter,
  type FolderSource,
  loraFile,
  type SavedFile,
  type SavedFilesOptions,
  saveCheckpoint,
  savedFiles,
  type TensorDeltas,
} from '@mokus/checkpoint/node';
import {
  type DiT,
  type Edit,
  type LoraAdapter,
  type RunOptions,
  requireKnown,
  type SiteDelta,
  type TextEncoder,
} from '@mokus/core';

export interface SavePretrainedOptions extends RunOptions {
  /** Bytes of tensors in one file, unless a single tensor has more. Default: 5e9, as transformers and diffusers. */
  readonly maxShardSize?: number | undefined;
  /** Replace a folder that was not saved by Mokus. Everything in it is lost. Default: false. */
  readonly overwrite?: boolean | undefined;
}

const known: Readonly<Record<keyof SavePretrainedOptions, true>> = {
  maxShardSize: true,
  overwrite: true,
  signal: true,
  onProgress: true,
};

/** Networks, the checkpoint that they were loaded from, and how the text encoder's deltas came to be. */
export interface EditedCheckpoint {
  readonly checkpoint: FolderSource;
  readonly textEncoder: Pick<TextEncoder, 'sites' | 'deltas'>;
  /** The text encoder's folder in the checkpoint. Default: `text_encoder`; `''` where it is the checkpoint's own. */
  readonly component?: string | undefined;
  /** The transformer, in the folder of that name. Default: saved as it is in the checkpoint. */
  readonly transformer?: Pick<DiT, 'sites' | 'deltas'> | undefined;
  /** For the record in `mokus-edits.json`. */
  readonly edits?: readonly Edit[] | undefined;
  /** For the same record: the adapters among the transformer's deltas. */
  readonly adapters?: readonly ActingAdapter[] | undefined;
}

/** An adapter with the weight that it acts with. */
export interface ActingAdapter {
  readonly name: string;
  readonly weight: number;
  readonly adapter: LoraAdapter;
}

/**
 * Saves a checkpoint with every delta that is pushed to its text encoder and its transformer in the weights; see
 * `saveCheckpoint` of `@mokus/checkpoint` for what is written, how, and what is thrown. Each weight keeps its dtype: in a
 * bf16 checkpoint an edit is rounded to bf16 together with the weight, where the pipeline that it is saved from computes
 * both in fp32.
 *
 * Throws MokusError `input` (an option that is unknown), and as `saveCheckpoint`.
 */
export async function savePretrained(
  edited: EditedCheckpoint,
  directory: string | URL,
  options: SavePretrainedOptions = {},
): Promise<void> {
  requireKnown('savePretrained', options, known);
  await saveCheckpoint(edited.checkpoint, directory, { ...options, ...(await baked(edited)) });
}

/** The files that {@link savePretrained} writes, each made when it is read. */
export async function pretrainedFiles(
  edited: EditedCheckpoint,
  { maxShardSize }: Pick<SavePretrainedOptions, 'maxShardSize'> = {},
): Promise<readonly SavedFile[]> {
  return savedFiles(edited.checkpoint, { maxShardSize, ...(await baked(edited)) });
}

async function baked({
  textEncoder,
  component = 'text_encoder',
  transformer,
  edits = [],
  adapters = [],
}: EditedCheckpoint): Promise<SavedFilesOptions> {
  return {
    deltas: new Map([
      [component, tensorDeltas(textEncoder)],
      ...(transformer === undefined ? [] : [['transformer', tensorDeltas(transformer)] as const]),
    ]),
    edits: edits.map(({ provenance }) => provenance),
    adapters: await Promise.all(adapters.map(recordOf)),
  };
}

async function recordOf({ name, weight, adapter }: ActingAdapter): Promise<BakedAdapter> {
  const hash = createHash('sha256');
  for await (const chunk of loraFile(adapter).chunks()) hash.update(chunk);
  return { name, weight, layers: adapter.modules.size, sha256: hash.digest('hex') };
}

/** What is pushed, by the stored tensor that it changes. */
function tensorDeltas(network: Pick<TextEncoder | DiT, 'sites' | 'deltas'>): TensorDeltas {
  const weightOf = new Map(network.sites.map(({ id, weight }) => [id, weight]));
  const byTensor = new Map<string, SiteDelta[]>();
  for (const { handle, delta } of network.deltas()) {
    const weight = weightOf.get(handle.site) ?? handle.site;
    byTensor.set(weight, [...(byTensor.get(weight) ?? []), delta]);
  }
  return byTensor;
}
