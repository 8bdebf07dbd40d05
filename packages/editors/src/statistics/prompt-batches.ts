import type { PromptTemplate, Row, TextEncoder, TokenBatch } from '@mokus/core';

/** Sequences a pass: enough to keep a device busy, few enough for a laptop's memory. */
const batchSize = 32;

/** Which rows of a formatted prompt count: the last one, whose logits predict the answer, or all of them. */
export type PromptRows = 'answer' | 'all';

/** Formatted prompts in batches, each with the rows that count. */
export function* promptBatches(
  encoder: TextEncoder,
  prompts: readonly string[],
  template: PromptTemplate,
  which: PromptRows,
): Generator<{ readonly batch: TokenBatch; readonly rows: readonly Row[] }> {
  for (let start = 0; start < prompts.length; start += batchSize) {
    const batch = prompts.slice(start, start + batchSize).map((prompt) => encoder.tokenize(prompt, { template }).ids);
    const rows = batch.flatMap((ids, sequence) => {
      const first = which === 'all' ? 0 : ids.length - 1;
      return ids.slice(first).map((_, index) => ({ sequence, position: first + index }));
    });
    yield { batch, rows };
  }
}
