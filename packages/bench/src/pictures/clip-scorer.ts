import { type HostTensor, MokusError, type RawImage } from '@mokus/core';
import { cosine } from '../gap/cosine.js';
import { type ClipPixelOptions, clipPixels } from './clip-pixels.js';
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

/**
 * Judges pictures by CLIP: zero-shot classification among labels, and the cosine of two pictures (CLIP-I). Measures are
 * cosines. Throws MokusError `input` for no labels; `backend` for embeddings that do not fit each other.
 */
export function clipScorer(options: ClipScorerOptions): ImageScorer {
  const { runner, labels, sentence = 'a picture of {label}', stayedCosine = 0.9, size, mean, std } = options;
  if (labels.length === 0) {
    throw new MokusError('input', 'clipScorer: name at least one label that a target is told from', {
      field: 'labels',
    });
  }
  const texts = new Map<string, Float32Array>();
  const embedText = async (label: string, signal: AbortSignal | undefined): Promise<Float32Array> => {
    const known = texts.get(label);
    if (known !== undefined) return known;
    const [embedding] = rowsOf(await runner.embedTexts([sentence.replaceAll('{label}', () => label)], signal), 1);
    texts.set(label, embedding!);
    return embedding!;
  };
  const embedPicture = async (picture: RawImage, signal: AbortSignal | undefined): Promise<Float32Array> =>
    rowsOf(await runner.embedPictures(clipPixels(picture, { size, mean, std }), signal), 1)[0]!;
  return {
    name: 'CLIP',
    options: { model: runner.name, labels, sentence, stayedCosine, size: size ?? 224 },
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
