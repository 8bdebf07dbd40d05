import { describe, expect, it } from 'vitest';
import { counterFactScores, fluency, harmonicMean, nGramEntropy } from '../../src/index.js';

describe('nGramEntropy', () => {
  it('of a text whose n-grams all differ is that of a uniform choice', () => {
    // 9 words: 8 pairs and 7 triples, each once.
    const text = 'one two three, four five six seven eight';
    expect(nGramEntropy(text)).toBeCloseTo(((2 / 3) * Math.log2(8) + (4 / 3) * Math.log2(7)) / 2, 12);
  });

  it('of a text that repeats itself is that of its few n-grams', () => {
    expect(nGramEntropy('la la la la la')).toBe(0);
    // Pairs: ab 3, ba 2 of 5; triples: aba 2, bab 2 of 4.
    const pairs = -(0.6 * Math.log2(0.6) + 0.4 * Math.log2(0.4));
    expect(nGramEntropy('a b a b a b')).toBeCloseTo(((2 / 3) * pairs + (4 / 3) * 1) / 2, 12);
  });

  it('takes words of any script whole, and is 0 for less than two', () => {
    expect(nGramEntropy('été naïve')).toBe(0);
    expect(nGramEntropy('été naïve été')).toBeCloseTo(((2 / 3) * 1) / 2, 12);
    expect(nGramEntropy('')).toBe(0);
    expect(fluency([])).toBeUndefined();
    expect(fluency(['la la', 'été naïve été'])).toBeCloseTo(1 / 6, 12);
  });
});

describe('counterFactScores', () => {
  const newWins = { newAnswer: 1, oldAnswer: 2 };
  const oldWins = { newAnswer: 2, oldAnswer: 1 };

  it('averages over cases, each by the share of its prompts', () => {
    const scores = counterFactScores([
      { question: newWins, paraphrases: [newWins, oldWins], neighbours: [oldWins] },
      { question: oldWins, paraphrases: [newWins], neighbours: [oldWins, newWins, newWins, newWins] },
      { question: newWins, paraphrases: [], neighbours: [] },
    ]);
    expect(scores.efficacy).toBeCloseTo(2 / 3, 12);
    expect(scores.paraphrase).toBeCloseTo((0.5 + 1) / 2, 12);
    expect(scores.neighbourhood).toBeCloseTo((1 + 0.25) / 2, 12);
    expect(scores.score).toBeCloseTo(3 / (3 / 2 + 1 / 0.75 + 1 / 0.625), 12);
  });

  it('gives a tie to nobody', () => {
    const tie = { newAnswer: 1, oldAnswer: 1 };
    const scores = counterFactScores([{ question: tie, paraphrases: [tie], neighbours: [tie] }]);
    expect(scores).toEqual({ efficacy: 0, paraphrase: 0, neighbourhood: 0, score: 0 });
  });

  it('has no score where a part is missing', () => {
    const scores = counterFactScores([{ question: newWins, paraphrases: [newWins], neighbours: [] }]);
    expect(scores).toEqual({ efficacy: 1, paraphrase: 1, neighbourhood: undefined, score: undefined });
    expect(counterFactScores([]).efficacy).toBeUndefined();
    expect(harmonicMean([])).toBeUndefined();
  });
});
