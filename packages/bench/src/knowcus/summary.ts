import { mean } from '../text/score-answers.js';
import type { KnowCusPart } from './benchmark.js';
import type { KnowCusMetric } from './metrics.js';
import type { KnowCusCell } from './run-knowcus.js';

/** Means over pictures; null where nothing was measured. */
export interface KnowCusSummary {
  readonly method: string;
  readonly concepts: number;
  readonly reconstruction: Readonly<Record<'clipI' | 'clipISeg', number | null>>;
  readonly generation: Readonly<Record<KnowCusMetric, number | null>>;
  /** Means over concepts. */
  readonly learnSeconds: number | null;
  readonly bindSeconds: number | null;
}

/** The paper's table, a line a method, in the order in which the cells name them. */
export function summariseKnowCus(cells: readonly KnowCusCell[]): KnowCusSummary[] {
  return [...new Set(cells.map(({ method }) => method))].map((method) => {
    const own = cells.filter((cell) => cell.method === method);
    const over = (part: KnowCusPart, metric: KnowCusMetric): number | null =>
      mean(
        own.flatMap(({ pictures }) =>
          pictures.flatMap((picture) => (picture.part === part ? (picture.scores[metric] ?? []) : [])),
        ),
      ) ?? null;
    return {
      method,
      concepts: own.length,
      reconstruction: { clipI: over('reconstruction', 'clipI'), clipISeg: over('reconstruction', 'clipISeg') },
      generation: {
        clipI: over('generation', 'clipI'),
        clipISeg: over('generation', 'clipISeg'),
        clipT: over('generation', 'clipT'),
        pickScore: over('generation', 'pickScore'),
      },
      learnSeconds: mean(own.flatMap(({ learnSeconds }) => learnSeconds ?? [])) ?? null,
      bindSeconds: mean(own.flatMap(({ bindSeconds }) => bindSeconds ?? [])) ?? null,
    };
  });
}
