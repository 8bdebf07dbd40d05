import { MokusError, type RawImage, type RunOptions } from '@mokus/core';
import { cosine } from '../gap/cosine.js';
import { type ClipPixelOptions, clipPixels } from '../pictures/clip-pixels.js';
import type { ClipRunner } from '../pictures/clip-scorer.js';
import type { KnowCusScorer } from './metrics.js';

/** How much of each pixel is the thing that a picture shows, in [0, 1], row by row. */
export type Segmenter = (picture: RawImage, run: RunOptions) => Promise<Float32Array>;

export interface ClipModel extends ClipPixelOptions {
  readonly runner: ClipRunner;
}

export interface ClipMeasuresOptions {
  /** Measures CLIP-I and CLIP-T. */
  readonly clip?: ClipModel | undefined;
  /** Cuts the thing out of a drawn picture: CLIP-I-Seg needs it beside `clip`. */
  readonly segment?: Segmenter | undefined;
  /** A CLIP that was trained on choices of people (PickScore), and the scale of its logits. */
  readonly pick?: (ClipModel & { readonly logitScale: number }) | undefined;
}

/**
 * The paper's measures: CLIP-I, the mean cosine of a picture's embedding and those of the concept's pictures; CLIP-I-Seg, the
 * same of the things alone, on white, cut out of the drawn picture by the segmenter and of the concept's by their alpha;
 * CLIP-T, the cosine of picture and caption; PickScore, that cosine by its own model, times its scale. Each is there where
 * its models are.
 */
export function clipMeasures({ clip, segment, pick }: ClipMeasuresOptions): KnowCusScorer {
  const clipOf = clip && embedder(clip);
  const pickOf = pick && embedder(pick);
  const name = [clip && `clip ${clip.runner.name}`, segment && 'segmenter', pick && `pick ${pick.runner.name}`];
  return {
    name: name.filter((part) => part !== undefined).join(', '),
    measures: {
      clipI:
        clipOf &&
        (async (picture, { pictures }, run) => {
          const own = await clipOf.picture(onWhite(picture), run);
          return meanCosine(own, await clipOf.pictures(pictures, run));
        }),
      clipISeg:
        clipOf &&
        segment &&
        (async (picture, { pictures }, run) => {
          const own = await clipOf.picture(onWhite(withMask(picture, await segment(picture, run))), run);
          return meanCosine(own, await clipOf.pictures(pictures, run));
        }),
      clipT:
        clipOf &&
        (async (picture, { job }, run) =>
          cosine(await clipOf.picture(onWhite(picture), run), await clipOf.text(job.caption, run))),
      pickScore:
        pickOf &&
        (async (picture, { job }, run) =>
          (pick?.logitScale ?? 1) *
          cosine(await pickOf.picture(onWhite(picture), run), await pickOf.text(job.caption, run))),
    },
  };
}

interface Embedder {
  picture(picture: RawImage, run: RunOptions): Promise<Float32Array>;
  /** Of pictures that come again and again: embedded once. */
  pictures(pictures: readonly RawImage[], run: RunOptions): Promise<Float32Array[]>;
  text(text: string, run: RunOptions): Promise<Float32Array>;
}

function embedder({ runner, ...pixels }: ClipModel): Embedder {
  const known = new WeakMap<RawImage, Float32Array>();
  const texts = new Map<string, Float32Array>();
  const picture = async (image: RawImage, { signal }: RunOptions): Promise<Float32Array> =>
    (await runner.embedPictures(clipPixels(image, pixels), signal)).data;
  return {
    picture,
    pictures: async (images, run) => {
      const rows: Float32Array[] = [];
      for (const image of images) {
        const row = known.get(image) ?? (await picture(onWhite(image), run));
        known.set(image, row);
        rows.push(row);
      }
      return rows;
    },
    text: async (text, { signal }) => {
      const row = texts.get(text) ?? (await runner.embedTexts([text], signal)).data;
      texts.set(text, row);
      return row;
    },
  };
}

function meanCosine(own: Float32Array, others: readonly Float32Array[]): number {
  return others.reduce((sum, each) => sum + cosine(own, each), 0) / others.length;
}

function withMask(picture: RawImage, mask: Float32Array): RawImage {
  if (mask.length * 4 !== picture.data.length) {
    const message = `the segmenter gave ${mask.length} values for a picture of ${picture.width} x ${picture.height}; give one for each pixel`;
    throw new MokusError('backend', message);
  }
  const data = Uint8ClampedArray.from(picture.data);
  for (const [pixel, share] of mask.entries()) data[pixel * 4 + 3] = 255 * share;
  return { ...picture, data };
}

/** The picture over white, opaque. */
export function onWhite(picture: RawImage): RawImage {
  const data = new Uint8ClampedArray(picture.data.length);
  for (let at = 0; at < data.length; at += 4) {
    const alpha = picture.data[at + 3]! / 255;
    for (let channel = 0; channel < 3; channel++) {
      data[at + channel] = alpha * picture.data[at + channel]! + (1 - alpha) * 255;
    }
    data[at + 3] = 255;
  }
  return { ...picture, data };
}
