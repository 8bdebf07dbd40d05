import type { EncodedQuestion, HostTensor } from '@mokus/core';
import { crossEntropy } from './cross-entropy.js';

export interface AnswerLoss {
  /** Cross-entropy of each request: the mean over its answer's tokens. */
  readonly losses: readonly number[];
  /** d(mean over requests)/d(logits), f32 [rows, vocabSize]. */
  readonly cotangent: HostTensor<'f32'>;
}

/** Cross-entropy of the answers from the logits at the answers' rows, [rows, vocabSize]. */
export function answerLoss(encoded: readonly EncodedQuestion[], logits: HostTensor<'f32'>): AnswerLoss {
  const vocabSize = logits.shape[1]!;
  const cotangent = new Float32Array(logits.data.length);
  const gradient = new Float64Array(vocabSize);
  let row = 0;
  const losses = encoded.map(({ answerIds }) => {
    let sum = 0;
    const scale = 1 / (answerIds.length * encoded.length);
    for (const label of answerIds) {
      const start = row * vocabSize;
      sum += crossEntropy(logits.data.subarray(start, start + vocabSize), label, gradient);
      for (let index = 0; index < vocabSize; index++) cotangent[start + index] = scale * gradient[index]!;
      row++;
    }
    return sum / answerIds.length;
  });
  return { losses, cotangent: { ...logits, data: cotangent } };
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
