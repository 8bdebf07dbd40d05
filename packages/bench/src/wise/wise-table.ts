import { percent } from '../report/columns.js';
import { aligned } from '../report/comparison-table.js';
import { type WiseScores, wiseWeights } from './score.js';

/** The scores for a console: a line for each category with its weight, then the overall score. */
export function wiseTable({ overall, categories }: WiseScores): string {
  const lines = Object.entries(wiseWeights).map(([category, weight]) => {
    const part = categories[category as keyof typeof wiseWeights];
    return [category, weight.toFixed(2), percent(part?.score), String(part?.pictures ?? 0)];
  });
  const pictures = Object.values(categories).reduce((sum, part) => sum + part.pictures, 0);
  const table = [
    ['category', 'weight', 'WiScore', 'pictures'],
    ...lines,
    ['overall', '', percent(overall ?? undefined), String(pictures)],
  ];
  return aligned(table);
}
