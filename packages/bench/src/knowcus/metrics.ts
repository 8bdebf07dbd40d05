import type { RawImage, RunOptions } from '@mokus/core';
import type { KnowCusJob } from './benchmark.js';

/** The paper's measures of a picture. */
export const knowCusMetrics = ['clipI', 'clipISeg', 'clipT', 'pickScore'] as const;
export type KnowCusMetric = (typeof knowCusMetrics)[number];

/** What a picture is compared with. */
export interface KnowCusReference {
  readonly job: KnowCusJob;
  /** The concept's pictures; where they have alpha, it is their mask. */
  readonly pictures: readonly RawImage[];
}

/** Measures a picture. What needs a model that nobody gave is left out, and is null in results: never a stand-in. */
export type KnowCusMeasure = (picture: RawImage, reference: KnowCusReference, run: RunOptions) => Promise<number>;

/** Undefined: not measured. */
export interface KnowCusScorer {
  /** Which models measure, for the record and so that results of others are not taken for these. */
  readonly name: string;
  readonly measures: { readonly [Metric in KnowCusMetric]?: KnowCusMeasure | undefined };
}

export type KnowCusScores = Readonly<Record<KnowCusMetric, number | null>>;
