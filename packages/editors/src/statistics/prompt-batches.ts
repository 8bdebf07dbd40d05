import type { PromptTemplate, Row, TextEncoder, TokenBatch } from '@mokus/core';

/** Sequences a pass: enough to keep a device busy, few enough for a laptop's memory. */
const batchSize = 32;

/** Formatted prompts in batches, each with its answer row: the last one, whose logits predict the answer. */
export function* promptBatches(
  encoder: TextEncoder,
  prompts: readonly string[],
  template: PromptTemplate,
): Generator<{ readonly batch: TokenBatch; readonly rows: readonly Row[] }> {
  for (let start = 0; start < prompts.length; start += batchSize) {
    const batch = prompts.slice(start, start + batchSize).map((prompt) => encoder.tokenize(prompt, { template }).ids);
    yield { batch, rows: batch.map((ids, sequence) => ({ sequence, position: ids.length - 1 })) };
  }
}
