import { join } from 'node:path';
import { clipMeasures, type KnowCusScorer } from '@mokus/bench';
import { onnxClip, onnxSegmenter } from '@mokus/bench/node';
import type { HubOptions } from '@mokus/checkpoint/node';
import { MokusError } from '@mokus/core';
import * as onnxruntime from 'onnxruntime-node';
import { isFolder, localOrHub } from '../open/local-or-hub.js';

/** ONNX models, from folders or repositories of the hub; a measure without its model is null. */
export interface MeasureModels {
  readonly clip?: string | undefined;
  /** A file, or a folder or repository with `onnx/model.onnx`. */
  readonly segmenter?: string | undefined;
  /** PickScore: a CLIP, whose logits are scaled by 100. */
  readonly pick?: string | undefined;
}

/** A model, and weights that lie beside it because they are too large for one file: `model.onnx_data`, `model.onnx.data`. */
function modelFiles(path: string): readonly string[] {
  return [path, `${path}_data*`, `${path}.data`];
}

const clipFiles: readonly string[] = [
  ...['vision_model.onnx', 'text_model.onnx'].flatMap((name) => [name, `onnx/${name}`]).flatMap(modelFiles),
  ...['tokenizer.json', 'tokenizer_config.json', 'preprocessor_config.json'],
];
const segmenterFile = 'onnx/model.onnx';

/**
 * The paper's measures, as far as there are models.
 *
 * Throws MokusError `input` (a segmenter without a CLIP), `checkpoint` (a model that is missing or none); for a hub id also
 * what `hubSnapshot` throws.
 */
export async function measuresOf(
  { clip, segmenter, pick }: MeasureModels,
  hub: HubOptions = {},
): Promise<KnowCusScorer | undefined> {
  if (clip === undefined && segmenter !== undefined) {
    throw new MokusError('input', 'a segmenter is for CLIP-I-Seg, which needs --clip too', { field: 'segmenter' });
  }
  if (clip === undefined && pick === undefined) return undefined;
  const openClip = async (source: string) =>
    onnxClip(await localOrHub(source, { what: 'CLIP', wanted: clipFiles, hub }), onnxruntime);
  const openSegmenter = async (source: string) => {
    const found = await localOrHub(source, { what: 'segmenter', wanted: modelFiles(segmenterFile), hub });
    return onnxSegmenter((await isFolder(found)) ? join(found, segmenterFile) : found, onnxruntime);
  };
  return clipMeasures({
    clip: clip === undefined ? undefined : await openClip(clip),
    segment: segmenter === undefined ? undefined : await openSegmenter(segmenter),
    pick: pick === undefined ? undefined : { ...(await openClip(pick)), logitScale: 100 },
  });
}
