import {
  type HostTensor,
  MokusError,
  type RawImage,
  requireKnown,
  requireNumber,
  requirePlaceholder,
} from '@mokus/core';
import { cosine } from '../gap/cosine.js';
import { callable, type Rules, requireFit, requireShape, text, texts } from '../require-shape.js';
import { type ClipPixelOptions, clipPixels, requireClipPixels } from './clip-pixels.js';
import type { ImageScorer } from './image-scorer.js';

/** A CLIP model, wherever it runs: an ONNX model on any onnxruntime, a server. */
export interface ClipRunner {
  /** For reports: which model it is. */
  readonly name: string;
  /** Projected embeddings, f32 [pictures, dimensions], of pixels f32 [pictures, 3, size, size] as `clipPixels` makes them. */
  embedPictures(pixels: HostTensor<'f32'>, signal?: AbortSignal): Promise<HostTensor<'f32'>>;
  /** Projected embeddings of texts, f32 [texts, dimensions]; the runner has the tokenizer. */
  embedTexts(texts: readonly string[], signal?: AbortSignal): Promise<HostTensor<'f32'>>;
}

export interface ClipScorerOptions extends ClipPixelOptions {
  readonly runner: ClipRunner;
  /** What else pictures may show: a target holds when it is nearer than all of these. At least one. */
  readonly labels: readonly string[];
  /** The sentence that a label stands in; {label} stands for it. Default: 'a picture of {label}'. */
  readonly sentence?: string | undefined;
  /** A picture stayed when the cosine of before and after is at least this. Default: 0.9. */
  readonly stayedCosine?: number | undefined;
}

const known: Readonly<Record<keyof ClipScorerOptions, true>> = {
  runner: true,
  labels: true,
  sentence: true,
  stayedCosine: true,
  size: true,
  mean: true,
  std: true,
};

const embed = callable('a function that gives embeddings');
const runnerRules: Rules = { name: text, embedPictures: embed, embedTexts: embed };

/**
 * Judges pictures by CLIP: zero-shot classification among labels, and the cosine of two pictures (CLIP-I). Measures are
 * cosines. Throws MokusError `input` for no labels and for an option that is unknown or out of range; its verdicts `backend`
 * for embeddings that do not fit each other.
 */
export function clipScorer(options: ClipScorerOptions): ImageScorer {
  requireKnown('clipScorer', options, known);
  const { runner, labels, sentence = 'a picture of {label}', stayedCosine = 0.9, size, mean, std } = options;
  requireShape('clipScorer', 'runner', runner, runnerRules);
  requireFit('clipScorer', 'labels', labels, texts);
  requirePlaceholder('clipScorer', 'sentence', sentence, 'label');
  requireNumber('clipScorer', 'stayedCosine', stayedCosine, { atLeast: -1, atMost: 1 });
  requireClipPixels('clipScorer', { size, mean, std });
  if (labels.length === 0) {
    throw new MokusError('input', 'clipScorer: name at least one label that a target is told from', {
      field: 'labels',
    });
  }
  const embedded = new Map<string, Float32Array>();
  const embedText = async (label: string, signal: AbortSignal | undefined): Promise<Float32Array> => {
    const found = embedded.get(label);
    if (found !== undefined) return found;
    const [embedding] = rowsOf(await runner.embedTexts([sentence.replaceAll('{label}', () => label)], signal), 1);
    embedded.set(label, embedding!);
    return embedding!;
  };
  const embedPicture = async (picture: RawImage, signal: AbortSignal | undefined): Promise<Float32Array> =>
    rowsOf(await runner.embedPictures(clipPixels(picture, { size, mean, std }), signal), 1)[0]!;
  return {
    name: 'CLIP',
    options: {
      model: runner.name,
      labels,
      sentence,
      stayedCosine,
      size: size ?? 224,
      ...(mean && { mean }),
      ...(std && { std }),
    },
    async shows(picture, { target }, { signal } = {}) {
      const embedding = await embedPicture(picture, signal);
      let [nearest, best, own] = ['', Number.NEGATIVE_INFINITY, 0];
      for (const label of new Set([target, ...labels])) {
        const similarity = cosine(embedding, await embedText(label, signal));
        if (label === target) own = similarity;
        if (similarity > best) [nearest, best] = [label, similarity];
      }
      return { holds: nearest === target, measure: own, saw: nearest };
    },
    async stayed(before, after, { signal } = {}) {
      const similarity = cosine(await embedPicture(before, signal), await embedPicture(after, signal));
      return { holds: similarity >= stayedCosine, measure: similarity };
    },
  };
}

function rowsOf({ shape, data }: HostTensor<'f32'>, count: number): Float32Array[] {
  const [rows, size] = shape;
  if (shape.length !== 2 || rows !== count || !size) {
    throw new MokusError(
      'backend',
      `CLIP gave embeddings of [${shape.join(', ')}], expected [${count}, dimensions]; give a row for each`,
    );
  }
  return Array.from({ length: count }, (_, row) => data.subarray(row * size, (row + 1) * size));
}
