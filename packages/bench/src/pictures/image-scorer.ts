import type { Json, RawImage, RunOptions } from '@mokus/core';

/** What a picture is asked about. */
export interface PictureQuestion {
  /** What it should show. */
  readonly target: string;
  /** What it was drawn for. */
  readonly prompt: string;
  /** A yes-or-no question about the target, where the data set has one. */
  readonly question?: string | undefined;
}

export interface PictureVerdict {
  readonly holds: boolean;
  /** The judge's own measure, of its own unit: a distance, a cosine, a confidence. */
  readonly measure?: number | undefined;
  /** What the judge saw, in words. */
  readonly saw?: string | undefined;
}

/** Says what pictures show. Anyone can add one: a nearest neighbour, an embedding model, a vision language model. */
export interface ImageScorer {
  readonly name: string;
  /** Its settings, for reports: never a secret. */
  readonly options: Readonly<Record<string, Json>>;
  /** Whether the picture shows the target. */
  shows(picture: RawImage, question: PictureQuestion, options?: RunOptions): Promise<PictureVerdict>;
  /** Whether a picture stayed what it was: the same thing is seen before and after. */
  stayed(before: RawImage, after: RawImage, options?: RunOptions): Promise<PictureVerdict>;
}
