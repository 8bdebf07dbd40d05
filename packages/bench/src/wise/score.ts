import { mean } from '../text/score-answers.js';
import type { WiseCategory, WiseRecord } from './records.js';

/**
 * Weights of the categories in the overall score, as WISE_Verified has them. (The first release, whose score had three
 * levels and three parts, weighs time .167 and space .133, and the sciences .1 each.)
 */
export const wiseWeights: Readonly<Record<WiseCategory, number>> = {
  culture: 0.4,
  time: 0.12,
  space: 0.12,
  biology: 0.12,
  physics: 0.12,
  chemistry: 0.12,
};

/** A judged picture of a prompt. */
export interface WiseOutcome {
  readonly record: Pick<WiseRecord, 'id' | 'category' | 'subcategory'>;
  /** Binary: the picture shows what the prompt means and can be judged. */
  readonly score: 0 | 1;
}

export interface WisePart {
  /** Mean WiScore, in [0, 1]. */
  readonly score: number;
  readonly pictures: number;
}

export interface WiseScores {
  /** The weighted sum over categories; null where one of the six has no pictures. */
  readonly overall: number | null;
  readonly categories: Readonly<Partial<Record<WiseCategory, WisePart>>>;
  /** By category and subcategory: "culture / Festival". */
  readonly subcategories: Readonly<Record<string, WisePart>>;
}

/** Binary WiScores (WISE_Verified): the share of pictures that are right, by category, and weighted over all. */
export function wiseScores(outcomes: readonly WiseOutcome[]): WiseScores {
  const categories: Partial<Record<WiseCategory, WisePart>> = partsBy(outcomes, ({ record }) => record.category);
  const weighted = Object.entries(wiseWeights).map(([category, weight]) => {
    const part = categories[category as WiseCategory];
    return part && weight * part.score;
  });
  return {
    overall: weighted.every((each) => each !== undefined) ? weighted.reduce((sum, each) => sum + each, 0) : null,
    categories,
    subcategories: partsBy(outcomes, ({ record }) => `${record.category} / ${record.subcategory}`),
  };
}

function partsBy<Key extends string>(
  outcomes: readonly WiseOutcome[],
  keyOf: (outcome: WiseOutcome) => Key,
): Record<Key, WisePart> {
  const groups = new Map<Key, number[]>();
  for (const outcome of outcomes) {
    const scores = groups.get(keyOf(outcome)) ?? [];
    groups.set(keyOf(outcome), scores);
    scores.push(outcome.score);
  }
  const parts = [...groups].map(([key, scores]) => [key, { score: mean(scores)!, pictures: scores.length }] as const);
  // The keys are those of the outcomes.
  return Object.fromEntries(parts) as Record<Key, WisePart>;
}
