import { readFileSync } from 'node:fs';

/** How pictures of the embedded model are judged, as `npm run bench:transfer` measured it. */
export interface MeasuredLimit {
  /** How far from a training picture a picture may be to count. */
  readonly limit: number;
  /** Digest of the image model that it was measured on. */
  readonly imageModel: string;
}

/** Throws where bench/results/transfer.json is of another model than the text encoder with this fingerprint. */
export function measuredLimit(textEncoder: string): MeasuredLimit {
  const { model, pictures } = JSON.parse(readFileSync(new URL('../results/transfer.json', import.meta.url), 'utf8'));
  if (model.textEncoder !== textEncoder) {
    throw new Error('bench/results/transfer.json is of another model: run npm run bench:transfer first');
  }
  return { limit: pictures.distanceLimit, imageModel: model.imageModel };
}
