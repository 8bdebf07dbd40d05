import { mean } from './score-answers.js';

/** Rates in [0, 1]; undefined where a data set has no such prompts. */
export interface CounterFactScores {
  /** Share of edited questions after which the new answer is likelier than the old one. */
  readonly efficacy: number | undefined;
  /** The same on paraphrases, the mean over cases. */
  readonly paraphrase: number | undefined;
  /** Share of the neighbours' prompts after which the old answer, theirs, is likelier than the new one. */
  readonly neighbourhood: number | undefined;
  /** Their harmonic mean. */
  readonly score: number | undefined;
}

/** What one case contributes: mean negative log-likelihoods per token, of the new answer and of the old one. */
export interface AnswerContest {
  readonly newAnswer: number;
  readonly oldAnswer: number;
}

export interface CaseContests {
  readonly question: AnswerContest;
  readonly paraphrases: readonly AnswerContest[];
  readonly neighbours: readonly AnswerContest[];
}

/** CounterFact's scores (ROME, arXiv 2202.05262, section 3.3): each the mean over cases of the share of its prompts. */
export function counterFactScores(cases: readonly CaseContests[]): CounterFactScores {
  const newWins = ({ newAnswer, oldAnswer }: AnswerContest): number => Number(newAnswer < oldAnswer);
  const oldWins = ({ newAnswer, oldAnswer }: AnswerContest): number => Number(oldAnswer < newAnswer);
  const efficacy = mean(cases.map(({ question }) => newWins(question)));
  const paraphrase = mean(cases.flatMap(({ paraphrases }) => mean(paraphrases.map(newWins)) ?? []));
  const neighbourhood = mean(cases.flatMap(({ neighbours }) => mean(neighbours.map(oldWins)) ?? []));
  return { efficacy, paraphrase, neighbourhood, score: harmonicMean([efficacy, paraphrase, neighbourhood]) };
}

/** 0 where one is 0, undefined where one is. */
export function harmonicMean(rates: readonly (number | undefined)[]): number | undefined {
  let sum = 0;
  for (const rate of rates) {
    if (rate === undefined) return undefined;
    sum += 1 / rate;
  }
  return rates.length === 0 ? undefined : rates.length / sum;
}
