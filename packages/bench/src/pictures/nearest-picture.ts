import { MokusError, type RawImage, requireKnown, requireNumber, sha256 } from '@mokus/core';
import { jsonDigest } from '../compare/digest.js';
import { list, type Rule, requireFit, requireShape, text } from '../require-shape.js';
import type { ImageScorer } from './image-scorer.js';

/** A picture that stands for a concept in a scene, such as one that the model was trained on. */
export interface Candidate {
  readonly concept: string;
  readonly scene: string;
  /** RGB, 8 bits a channel, row by row. */
  readonly rgb: Uint8Array;
}

export interface NearestVerdict {
  readonly concept: string;
  readonly scene: string;
  /** Mean squared error per channel value, 0..255 squared. */
  readonly distance: number;
}

const bytes: Rule = {
  means: 'bytes, such as a Uint8Array',
  fits: (value) => ArrayBuffer.isView(value) && 'BYTES_PER_ELEMENT' in value && value.BYTES_PER_ELEMENT === 1,
};

/** Side of the blocks whose means bound the distance from below. */
const block = 8;

/**
 * Which of some pictures another one is nearest to, by RGB mean squared error at the pictures' own size. Exact: the
 * error of block means is never larger than the error itself, so candidates that it rules out need no closer look.
 */
export class NearestPicture {
  readonly #candidates: readonly { readonly candidate: Candidate; readonly means: Float32Array }[];
  readonly #side: number;

  /** Pictures of `side` x `side` pixels, a multiple of 8. Throws MokusError `input` for none, or one of another size. */
  constructor(candidates: readonly Candidate[], side: number) {
    if (!Number.isSafeInteger(side) || side <= 0 || side % block !== 0) {
      throw new MokusError('input', `the side of pictures is a multiple of ${block}, got ${side}`, { field: 'side' });
    }
    requireFit('NearestPicture', 'candidates', candidates, list);
    if (candidates.length === 0) {
      throw new MokusError('input', 'there are no candidates to compare with; give one at least', {
        field: 'candidates',
      });
    }
    for (const [at, candidate] of candidates.entries()) {
      requireShape('NearestPicture', `candidates[${at}]`, candidate, { concept: text, scene: text, rgb: bytes });
      const { concept, rgb } = candidate;
      if (rgb.length === side * side * 3) continue;
      const message = `candidate ${at} (${concept}) holds ${rgb.length} bytes, expected ${side} x ${side} x 3`;
      throw new MokusError('input', message, { field: 'candidates' });
    }
    this.#side = side;
    this.#candidates = candidates.map((candidate) => ({ candidate, means: blockMeans(candidate.rgb, side) }));
  }

  /** Transparency is not looked at. Throws MokusError `input` for a picture of another size. */
  judge(image: RawImage): NearestVerdict {
    if (image.width !== this.#side || image.height !== this.#side) {
      const message = `expected a picture of ${this.#side} x ${this.#side}, got ${image.width} x ${image.height}`;
      throw new MokusError('input', message, { field: 'picture' });
    }
    const rgb = withoutAlpha(image);
    const means = blockMeans(rgb, this.#side);
    const bounded = this.#candidates
      .map(({ candidate, means: theirs }) => ({ candidate, bound: meanSquaredError(means, theirs, Infinity) }))
      .sort((a, b) => a.bound - b.bound);
    let best = { candidate: bounded[0]!.candidate, distance: Infinity };
    for (const { candidate, bound } of bounded) {
      if (bound >= best.distance) break;
      const distance = meanSquaredError(rgb, candidate.rgb, best.distance);
      if (distance < best.distance) best = { candidate, distance };
    }
    const { concept, scene } = best.candidate;
    return { concept, scene, distance: best.distance };
  }
}

export interface NearestPictureScorerOptions {
  readonly candidates: readonly Candidate[];
  /** Pixels of a side. */
  readonly side: number;
  /** A picture further than this from its nearest one shows nothing: mean squared error, 0..255 squared. Default: none. */
  readonly distanceLimit?: number | undefined;
}

/**
 * A picture shows the concept of the candidate that it is nearest to; it stayed when concept and scene did. Its options say
 * which candidates those are by a hash: what another set has judged is not taken for what this one would say. Rejects with
 * MokusError `input`, as {@link NearestPicture} throws, and for an option that is unknown or out of range.
 */
export async function nearestPictureScorer(options: NearestPictureScorerOptions): Promise<ImageScorer> {
  requireKnown('nearestPictureScorer', options, { candidates: 0, side: 0, distanceLimit: 0 });
  const { candidates, side, distanceLimit = Infinity } = options;
  if (distanceLimit !== Infinity) requireNumber('nearestPictureScorer', 'distanceLimit', distanceLimit, { atLeast: 0 });
  const nearest = new NearestPicture(candidates, side);
  const limit = Number.isFinite(distanceLimit) ? distanceLimit : null;
  const digest = await digestOf(candidates);
  return {
    name: 'nearest picture',
    options: { candidates: candidates.length, digest, side, distanceLimit: limit },
    async shows(picture, { target }) {
      const { concept, scene, distance } = nearest.judge(picture);
      return {
        holds: concept === target && distance <= distanceLimit,
        measure: distance,
        saw: inWords(concept, scene),
      };
    },
    async stayed(before, after) {
      const [was, is] = [nearest.judge(before), nearest.judge(after)];
      return {
        holds: was.concept === is.concept && was.scene === is.scene && is.distance <= distanceLimit,
        measure: is.distance,
        saw: inWords(is.concept, is.scene),
      };
    },
  };
}

/** A sha256 (hex) of pictures with what they stand for. */
async function digestOf(candidates: readonly Candidate[]): Promise<string> {
  const parts = candidates.map(async ({ concept, scene, rgb }) => ({ concept, scene, rgb: await sha256(rgb) }));
  return jsonDigest(await Promise.all(parts));
}

function inWords(concept: string, scene: string): string {
  return scene === '' ? concept : `${concept}, ${scene}`;
}

function withoutAlpha({ data }: RawImage): Uint8Array {
  const rgb = new Uint8Array((data.length / 4) * 3);
  for (let from = 0, to = 0; from < data.length; from += 4) {
    rgb[to++] = data[from]!;
    rgb[to++] = data[from + 1]!;
    rgb[to++] = data[from + 2]!;
  }
  return rgb;
}

function blockMeans(rgb: Uint8Array, side: number): Float32Array {
  const blocks = side / block;
  const means = new Float32Array(blocks * blocks * 3);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const to = (Math.floor(y / block) * blocks + Math.floor(x / block)) * 3;
      for (let channel = 0; channel < 3; channel++) means[to + channel]! += rgb[(y * side + x) * 3 + channel]!;
    }
  }
  return means.map((sum) => sum / (block * block));
}

/** Stops early, with something larger than `limit`, once the limit is passed. */
function meanSquaredError(a: ArrayLike<number>, b: ArrayLike<number>, limit: number): number {
  const stop = limit * a.length;
  let sum = 0;
  for (let start = 0; start < a.length && sum <= stop; start += 192) {
    const end = Math.min(start + 192, a.length);
    for (let at = start; at < end; at++) sum += (a[at]! - b[at]!) ** 2;
  }
  return sum / a.length;
}
