import type { RawImage } from '@mokus/core';
import type { Candidate } from './candidates.js';

export interface Verdict {
  readonly concept: string;
  readonly scene: string;
  /** Mean squared error per channel value, 0..255 squared. */
  readonly distance: number;
}

/** Side of the blocks whose means bound the distance from below. */
const block = 8;

/**
 * Which training picture a generated one is nearest to, by RGB mean squared error at the pictures' own size. Exact: the
 * error of block means is never larger than the error itself, so candidates that it rules out need no closer look.
 */
export class NearestPicture {
  readonly #candidates: readonly { readonly candidate: Candidate; readonly means: Float32Array }[];
  readonly #side: number;

  constructor(candidates: readonly Candidate[], side: number) {
    this.#side = side;
    this.#candidates = candidates.map((candidate) => ({ candidate, means: blockMeans(candidate.rgb, side) }));
  }

  judge(image: RawImage): Verdict {
    if (image.width !== this.#side || image.height !== this.#side) {
      throw new Error(`expected a picture of ${this.#side} x ${this.#side}, got ${image.width} x ${image.height}`);
    }
    const rgb = withoutAlpha(image);
    const means = blockMeans(rgb, this.#side);
    const bounded = this.#candidates
      .map(({ candidate, means: theirs }) => ({ candidate, bound: meanSquaredError(means, theirs, Infinity) }))
      .sort((a, b) => a.bound - b.bound);
    let best: Verdict | undefined;
    for (const { candidate, bound } of bounded) {
      if (best !== undefined && bound >= best.distance) break;
      const distance = meanSquaredError(rgb, candidate.rgb, best?.distance ?? Infinity);
      if (best === undefined || distance < best.distance) {
        best = { concept: candidate.concept, scene: candidate.scene, distance };
      }
    }
    if (best === undefined) throw new Error('there are no candidates');
    return best;
  }
}

function withoutAlpha({ data }: RawImage): Uint8Array {
  const rgb = new Uint8Array((data.length / 4) * 3);
  for (let from = 0, to = 0; from < data.length; from += 4) {
    rgb[to++] = data[from] as number;
    rgb[to++] = data[from + 1] as number;
    rgb[to++] = data[from + 2] as number;
  }
  return rgb;
}

function blockMeans(rgb: Uint8Array, side: number): Float32Array {
  const blocks = side / block;
  const means = new Float32Array(blocks * blocks * 3);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const to = (Math.floor(y / block) * blocks + Math.floor(x / block)) * 3;
      for (let channel = 0; channel < 3; channel++) {
        means[to + channel] = (means[to + channel] as number) + (rgb[(y * side + x) * 3 + channel] as number);
      }
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
    for (let at = start; at < end; at++) {
      const difference = (a[at] as number) - (b[at] as number);
      sum += difference * difference;
    }
  }
  return sum / a.length;
}
