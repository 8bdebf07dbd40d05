import { type FolderSource, saveCheckpoint, type TensorDeltas } from '@mokus/checkpoint/node';
import type { DiT, Edit, RunOptions, SiteDelta, TextEncoder } from '@mokus/core';

export interface SavePretrainedOptions extends RunOptions {
  /** Bytes of tensors in one file, unless a single tensor has more. Default: 5e9, as transformers and diffusers. */
  readonly maxShardSize?: number | undefined;
  /** Replace a folder that was not saved by Mokus. Everything in it is lost. Default: false. */
  readonly overwrite?: boolean | undefined;
}

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
}

/**
 * Saves a checkpoint with every delta that is pushed to its text encoder and its transformer in the weights; see
 * `saveCheckpoint` of `@mokus/checkpoint` for what is written, how, and what is thrown. Each weight keeps its dtype: in a bf16 checkpoint an
 * edit is rounded to bf16 together with the weight, where the pipeline that it is saved from computes both in fp32.
 */
export async function savePretrained(
  { checkpoint, textEncoder, component = 'text_encoder', transformer, edits = [] }: EditedCheckpoint,
  directory: string | URL,
  options: SavePretrainedOptions = {},
): Promise<void> {
  await saveCheckpoint(checkpoint, directory, {
    ...options,
    deltas: new Map([
      [component, tensorDeltas(textEncoder)],
      ...(transformer === undefined ? [] : [['transformer', tensorDeltas(transformer)] as const]),
    ]),
    edits: edits.map(({ provenance }) => provenance),
  });
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
