import { type TextEncoder, throwIfCancelled } from '@mokus/core';
import type { AnsweredProbe, EditCase, Probe } from '../data/edit-case.js';
import type { AnswerContest, CaseContests } from './counterfact-scores.js';
import { fluency } from './fluency.js';
import { agreement, mean, predictTokens, type ScoreOptions, scoreAnswers } from './score-answers.js';

export interface MeasureTextOptions extends ScoreOptions {
  /** Continue the case's generation prompts (its question, where it has none) for so many tokens. Default: 0, no fluency. */
  readonly fluencyTokens?: number | undefined;
}

/** What the unedited model does with a case: what locality compares with. */
export interface TextBaseline {
  /** The unrelated and neighbouring prompts, each with the answer at whose tokens predictions are compared. */
  readonly stays: readonly Probe[];
  /** Most likely tokens there, per prompt. */
  readonly predicted: readonly (readonly number[])[];
}

/** What a model answers on one case. Accuracies in [0, 1]; undefined where the case has no such prompts. */
export interface TextOutcome {
  /** The question's greedy answer. */
  readonly answer: string;
  /** Teacher-forced token accuracy of the new answer: on the question, on its paraphrases, and of what follows from it. */
  readonly reliability: number;
  readonly generalization?: number | undefined;
  readonly portability?: number | undefined;
  /** Share of the unrelated prompts' tokens that are predicted as the unedited model does. */
  readonly locality?: number | undefined;
  /** The new answer's first token is the most likely one: text efficacy as UniKE counts it. */
  readonly firstToken: boolean;
  /** New answer against old one, for CounterFact's scores; where the case has an old one. */
  readonly contests?: CaseContests | undefined;
  /** Entropy in bits, see {@link fluency}. */
  readonly fluency?: number | undefined;
}

/** Tokens of an unrelated prompt's own answer, where the case has none to compare at. */
const ownAnswerTokens = 16;

/** Reads the unedited model; call it before an edit is applied. */
export async function textBaseline(
  encoder: TextEncoder,
  { unrelated = [], neighbours = [] }: EditCase,
  options: ScoreOptions = {},
): Promise<TextBaseline> {
  const { template, signal, onProgress } = options;
  const asking = { template, signal, onProgress, maxNewTokens: ownAnswerTokens };
  const stays: Probe[] = [];
  for (const { question, answer } of [...unrelated, ...neighbours]) {
    throwIfCancelled(signal, 'the baseline');
    const own = answer ?? (await encoder.generate(question, asking));
    // A model that answers nothing is compared at the prompt's last token alone.
    stays.push(own.trim() === '' ? { question } : { question, answer: own });
  }
  return { stays, predicted: await predictTokens(encoder, stays, options) };
}

/**
 * Answers of the model as it is now, with the edits that are applied. After many edits, call it once after all of them
 * (retention). Throws MokusError `prompt`, `cancelled`.
 */
export async function measureText(
  encoder: TextEncoder,
  { request, oldAnswer, neighbours = [], portability = [], generation }: EditCase,
  baseline: TextBaseline,
  options: MeasureTextOptions = {},
): Promise<TextOutcome> {
  const { question, answer, paraphrases = [] } = request;
  const { template, signal, onProgress } = options;
  const asked = [question, ...paraphrases];
  const probes: AnsweredProbe[] = [...asked.map((each) => ({ question: each, answer })), ...portability];
  const scores = await scoreAnswers(encoder, probes, options);
  const accuracies = scores.map(({ accuracy }) => accuracy);
  const predicted = await predictTokens(encoder, baseline.stays, options);
  return {
    answer: await encoder.generate(question, { template, signal, onProgress }),
    reliability: accuracies[0] as number,
    generalization: mean(accuracies.slice(1, asked.length)),
    portability: mean(accuracies.slice(asked.length)),
    locality: mean(baseline.predicted.map((before, index) => agreement(before, predicted[index] ?? []))),
    firstToken: scores[0]?.firstToken ?? false,
    contests:
      oldAnswer === undefined ? undefined : await contests(encoder, asked, answer, oldAnswer, neighbours, options),
    fluency: await generatedFluency(encoder, generation ?? [question], options),
  };
}

async function contests(
  encoder: TextEncoder,
  asked: readonly string[],
  newAnswer: string,
  oldAnswer: string,
  neighbours: readonly AnsweredProbe[],
  options: ScoreOptions,
): Promise<CaseContests> {
  const pairs = [
    ...asked.map((question) => ({ question, old: oldAnswer })),
    ...neighbours.map(({ question, answer }) => ({ question, old: answer })),
  ];
  const scores = await scoreAnswers(
    encoder,
    pairs.flatMap(({ question, old }) => [
      { question, answer: newAnswer },
      { question, answer: old },
    ]),
    options,
  );
  const all = pairs.map((_, at): AnswerContest => {
    const [ofNew, ofOld] = [scores[2 * at]!, scores[2 * at + 1]!];
    return { newAnswer: ofNew.negativeLogLikelihood, oldAnswer: ofOld.negativeLogLikelihood };
  });
  return {
    question: all[0]!,
    paraphrases: all.slice(1, asked.length),
    neighbours: all.slice(asked.length),
  };
}

async function generatedFluency(
  encoder: TextEncoder,
  prompts: readonly string[],
  { fluencyTokens = 0, template, signal }: MeasureTextOptions,
): Promise<number | undefined> {
  if (fluencyTokens === 0) return undefined;
  const texts: string[] = [];
  for (const prompt of prompts) {
    const text = await encoder.generate(prompt, { maxNewTokens: fluencyTokens, template, signal });
    texts.push(`${prompt} ${text}`);
  }
  return fluency(texts);
}
