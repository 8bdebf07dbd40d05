import { readFileSync } from 'node:fs';
import type { PromptTemplate, Row, TextEncoder } from '@mokus/core';

/** What transformers computed on one prompt (tools/smollm2/fixtures.py). */
export interface PromptCase {
  readonly template: PromptTemplate;
  readonly text: string;
  readonly ids: readonly number[];
  /** The greedy continuation, the end token included where it came to it; 16 tokens at most. */
  readonly greedy: readonly number[];
  /** What the continuation spells, without the end token. */
  readonly answer: string;
  /** Token ids whose logits after the prompt are in `logits`. */
  readonly chosen: readonly number[];
  readonly logits: readonly number[];
  /** Of all logits after the prompt. */
  readonly mean: number;
  readonly deviation: number;
  readonly logSumExp: number;
}

export const promptCases: readonly PromptCase[] = JSON.parse(
  readFileSync(new URL('./fixtures/transformers.json', import.meta.url), 'utf8'),
);

export interface Comparison {
  readonly ids: readonly number[];
  /** Largest difference of a chosen logit, the mean, the deviation and the log-sum-exp. */
  readonly maxAbsDiff: number;
  /** What greedy decoding gives, as far as it follows transformers', and the first token that does not. */
  readonly greedy: readonly number[];
}

/** Prompts in one forward pass. */
const batchSize = 10;

/**
 * Compares an encoder with transformers. The prompts and their continuations are run at once: where the most likely token
 * is transformers' at every position, decoding one token after the other gives the same text.
 */
export async function compareWithTransformers(
  encoder: TextEncoder,
  cases: readonly PromptCase[],
): Promise<Comparison[]> {
  const found: Comparison[] = [];
  for (let start = 0; start < cases.length; start += batchSize) {
    const chunk = cases.slice(start, start + batchSize);
    const prompts = chunk.map(({ text, template }) => encoder.tokenize(text, { template }).ids);
    const rows = chunk.flatMap(({ greedy }, sequence) =>
      greedy.map((_, at): Row => ({ sequence, position: (prompts[sequence]?.length ?? 0) - 1 + at })),
    );
    const batch = chunk.map(({ greedy }, at) => [...(prompts[at] ?? []), ...greedy.slice(0, -1)]);
    const { logits } = await encoder.forward({ batch, logits: rows });
    const { vocabSize } = encoder.info;
    let row = 0;
    for (const [at, each] of chunk.entries()) {
      const values = each.greedy.map(() => logits.data.subarray(row++ * vocabSize, row * vocabSize));
      const predicted = values.map(indexOfLargest);
      const agreed = predicted.findIndex((id, step) => id !== each.greedy[step]);
      found.push({
        ids: prompts[at] ?? [],
        maxAbsDiff: logitsDifference(values[0] ?? new Float32Array(), each),
        greedy: agreed < 0 ? predicted : predicted.slice(0, agreed + 1),
      });
    }
  }
  return found;
}

function logitsDifference(values: Float32Array, expected: PromptCase): number {
  const { chosen, logits } = expected;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  const logSumExp = Math.log(values.reduce((sum, value) => sum + Math.exp(value), 0));
  return Math.max(
    ...chosen.map((id, at) => Math.abs((values[id] ?? Number.NaN) - (logits[at] ?? Number.NaN))),
    Math.abs(mean - expected.mean),
    Math.abs(Math.sqrt(variance) - expected.deviation),
    Math.abs(logSumExp - expected.logSumExp),
  );
}

function indexOfLargest(values: Float32Array): number {
  let best = 0;
  for (let index = 1; index < values.length; index++) if (values[index]! > values[best]!) best = index;
  return best;
}
