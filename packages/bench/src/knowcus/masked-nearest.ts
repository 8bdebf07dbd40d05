import { MokusError, type RawImage } from '@mokus/core';

/** A thing cut out of its background. */
export interface MaskedCandidate {
  readonly concept: string;
  /** RGBA, 8 bits a channel, side x side; alpha is the mask. */
  readonly image: RawImage;
}

export interface MaskedVerdict {
  readonly concept: string;
  /** Mean squared error per channel value within the mask, 0..255 squared. */
  readonly distance: number;
}

/**
 * Which of some things a picture shows, whatever stands behind it: the nearest by RGB mean squared error within the thing's
 * own mask, each pixel weighted by its alpha. Throws MokusError `input` for no candidates, one without a visible pixel, and
 * pictures of different sizes.
 */
export function maskedNearest(candidates: readonly MaskedCandidate[]): (picture: RawImage) => MaskedVerdict {
  const [first] = candidates;
  if (first === undefined)
    throw new MokusError('input', 'there are no candidates to compare with; give one at least', {
      field: 'candidates',
    });
  const { width, height } = first.image;
  const requireSize = (image: RawImage, what: string): void => {
    if (image.width === width && image.height === height) return;
    const message = `${what} is ${image.width} x ${image.height}, expected ${width} x ${height}`;
    throw new MokusError('input', message, { field: 'picture' });
  };
  const visible = candidates.map(({ concept, image }) => {
    requireSize(image, `the picture of ${concept}`);
    let total = 0;
    for (let at = 3; at < image.data.length; at += 4) total += image.data[at]!;
    if (total === 0)
      throw new MokusError('input', `${concept} has no visible pixel; give a picture whose alpha is not 0 everywhere`, {
        field: 'candidates',
      });
    return { concept, data: image.data, total };
  });
  return (picture) => {
    requireSize(picture, 'the picture');
    let best: MaskedVerdict = { concept: '', distance: Number.POSITIVE_INFINITY };
    for (const { concept, data, total } of visible) {
      const distance = maskedError(picture.data, data, total, best.distance);
      if (distance < best.distance) best = { concept, distance };
    }
    return best;
  };
}

/** Stops early, with something larger than `limit`, once the limit is passed. */
function maskedError(picture: Uint8ClampedArray, thing: Uint8ClampedArray, total: number, limit: number): number {
  const stop = limit * 3 * total;
  let sum = 0;
  for (let at = 0; at < thing.length && sum <= stop; at += 4) {
    const alpha = thing[at + 3]!;
    if (alpha === 0) continue;
    for (let channel = 0; channel < 3; channel++) sum += alpha * (picture[at + channel]! - thing[at + channel]!) ** 2;
  }
  return sum / (3 * total);
}
