import { readFileSync } from 'node:fs';
import { agreement, counterFactCase, type EditCase, predictTokens, readCounterFact, scoreAnswers } from '@mokus/bench';
import type { EditRequest, TextEncoder } from '@mokus/core';
import { mean } from '../averages.js';
import { counterFactFile, template } from './model.js';

/** The cases of CounterFact in the order of the file. Throws where it is not beside the repository. */
export function readFacts(): EditCase[] {
  return readCounterFact(readFileSync(counterFactFile, 'utf8')).map(counterFactCase);
}

/** Tokens that the unedited model predicts at the answers of unrelated prompts: what locality compares with. */
export type Baseline = readonly (readonly number[])[];

export function predictUnrelated(encoder: TextEncoder, cases: readonly EditCase[]): Promise<Baseline> {
  return predictTokens(
    encoder,
    cases.flatMap(({ neighbours = [] }) => neighbours),
    { template },
  );
}

/** How many of the old answers the model gives, every token of them. */
export async function countKnown(encoder: TextEncoder, cases: readonly EditCase[]): Promise<number> {
  const probes = cases.map(({ request, oldAnswer = '' }) => ({ question: request.question, answer: oldAnswer }));
  const scores = await scoreAnswers(encoder, probes, { template });
  return scores.filter(({ accuracy }) => accuracy === 1).length;
}

/** Teacher-forced token accuracy of the new answer; the mean over cases. */
export async function reliability(encoder: TextEncoder, cases: readonly EditCase[]): Promise<number> {
  return accuracy(
    encoder,
    cases.map(({ request }) => request),
  );
}

/** The same on the cases' paraphrases. */
export async function generalization(encoder: TextEncoder, cases: readonly EditCase[]): Promise<number> {
  return accuracy(
    encoder,
    cases.flatMap(({ request }) => (request.paraphrases ?? []).map((question) => ({ ...request, question }))),
  );
}

/** Share of tokens at unrelated prompts' answers that are predicted as before; the mean over prompts. */
export async function locality(encoder: TextEncoder, cases: readonly EditCase[], baseline: Baseline): Promise<number> {
  const now = await predictUnrelated(encoder, cases);
  return mean(now.map((tokens, at) => agreement(baseline[at] ?? [], tokens)));
}

async function accuracy(encoder: TextEncoder, requests: readonly EditRequest[]): Promise<number> {
  const scores = await scoreAnswers(encoder, requests, { template });
  return mean(scores.map((score) => score.accuracy));
}
