import {
  type EncodedQuestion,
  type PromptTemplate,
  type Row,
  type RunOptions,
  type TextEncoder,
  throwIfCancelled,
} from '@mokus/core';
import type { AnsweredProbe, Probe } from '../data/edit-case.js';

export interface ScoreOptions extends RunOptions {
  /** Which template the questions are put in. Default: 'pipeline'. */
  readonly template?: PromptTemplate | undefined;
}

/** How likely an answer is after its question, teacher-forced: each token is predicted from the right ones before it. */
export interface AnswerScore {
  /** Share of the answer's tokens that are the most likely ones, in [0, 1]. */
  readonly accuracy: number;
  /** Whether the answer's first token is the most likely one. */
  readonly firstToken: boolean;
  /** Mean over the answer's tokens, in nats. */
  readonly negativeLogLikelihood: number;
}

/** Sequences in one forward pass. */
const batchSize = 16;

/**
 * Scores answers as the editing literature does: reliability is the accuracy on the edited question, generalization on
 * its paraphrases, portability on what follows from it. Under deltas that are pushed now.
 *
 * Throws MokusError `prompt` for an empty answer or a text that is too long, `cancelled`.
 */
export async function scoreAnswers(
  encoder: TextEncoder,
  probes: readonly AnsweredProbe[],
  options: ScoreOptions = {},
): Promise<AnswerScore[]> {
  const encoded = probes.map(({ question, answer }) => encoder.encodeQuestion(question, answer, options));
  const logits = await logitsOf(encoder, encoded, options);
  return encoded.map(({ answerIds }, index) => {
    const rows = logits[index] as readonly Float32Array[];
    const predicted = rows.map(argmax);
    return {
      accuracy: mean(answerIds.map((id, at) => Number(predicted[at] === id))) ?? 0,
      firstToken: predicted[0] === answerIds[0],
      negativeLogLikelihood:
        mean(answerIds.map((id, at) => negativeLogSoftmax(rows[at] as Float32Array, id))) ?? Number.NaN,
    };
  });
}

/**
 * The most likely token after each prompt and, where it has an answer, at each of the answer's tokens: what locality
 * compares before and after an edit. Throws as {@link scoreAnswers}.
 */
export async function predictTokens(
  encoder: TextEncoder,
  probes: readonly Probe[],
  options: ScoreOptions = {},
): Promise<number[][]> {
  const encoded = probes.map(({ question, answer }): Pick<EncodedQuestion, 'ids' | 'answerRows'> => {
    if (answer !== undefined) return encoder.encodeQuestion(question, answer, options);
    const { ids } = encoder.tokenize(question, options);
    return { ids, answerRows: [ids.length - 1] };
  });
  return (await logitsOf(encoder, encoded, options)).map((rows) => rows.map(argmax));
}

/** Share of positions at which both predict the same token. */
export function agreement(before: readonly number[], after: readonly number[]): number {
  return mean(before.map((id, at) => Number(id === after[at]))) ?? 1;
}

/** Per sequence, the logits at each of its answer rows. */
async function logitsOf(
  encoder: TextEncoder,
  encoded: readonly Pick<EncodedQuestion, 'ids' | 'answerRows'>[],
  { signal }: ScoreOptions,
): Promise<Float32Array[][]> {
  const { vocabSize } = encoder.info;
  const all: Float32Array[][] = [];
  for (let start = 0; start < encoded.length; start += batchSize) {
    throwIfCancelled(signal, 'scoring answers');
    const chunk = encoded.slice(start, start + batchSize);
    const rows: Row[] = chunk.flatMap(({ answerRows }, sequence) =>
      answerRows.map((position) => ({ sequence, position })),
    );
    const { logits } = await encoder.forward({ batch: chunk.map(({ ids }) => ids), logits: rows }, { signal });
    let next = 0;
    for (const { answerRows } of chunk) {
      all.push(answerRows.map(() => logits.data.subarray(next++ * vocabSize, next * vocabSize)));
    }
  }
  return all;
}

function argmax(values: Float32Array): number {
  let best = 0;
  for (let index = 1; index < values.length; index++) if (values[index]! > values[best]!) best = index;
  return best;
}

/** -log softmax(values)[index], in float64. */
function negativeLogSoftmax(values: Float32Array, index: number): number {
  const largest = values[argmax(values)]!;
  let sum = 0;
  for (const value of values) sum += Math.exp(value - largest);
  return largest + Math.log(sum) - values[index]!;
}

/** Undefined for no values. */
export function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}
