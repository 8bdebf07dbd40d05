import { MokusError, type PromptTemplate, type Row, type TextEncoder, type TokenBatch } from '@mokus/core';

/** Sequences and tokens of a pass at most: enough to keep a device busy, few enough for a laptop's memory. */
const maxSequences = 32;
const maxTokens = 4096;

/** Which rows of a formatted prompt count: the last one, whose logits predict the answer, or all of them. */
export type PromptRows = 'answer' | 'all';

export interface PromptBatch {
  readonly batch: TokenBatch;
  readonly rows: readonly Row[];
  /** Texts that this batch and those before it took. */
  readonly texts: number;
}

/**
 * Formatted prompts in batches, each with the rows that count. Where all rows count, a text that is too long for the
 * encoder is divided at spaces; where the answer row counts, it is refused: throws MokusError `prompt`.
 */
export async function* promptBatches(
  encoder: TextEncoder,
  prompts: Iterable<string> | AsyncIterable<string>,
  template: PromptTemplate,
  which: PromptRows,
): AsyncGenerator<PromptBatch> {
  let batch: (readonly number[])[] = [];
  let tokens = 0;
  let texts = 0;
  for await (const prompt of prompts) {
    for (const ids of sequencesOf(encoder, prompt, template, which)) {
      if (batch.length === maxSequences || (batch.length > 0 && tokens + ids.length > maxTokens)) {
        yield { batch, rows: rowsOf(batch, which), texts };
        batch = [];
        tokens = 0;
      }
      batch.push(ids);
      tokens += ids.length;
    }
    texts++;
  }
  if (batch.length > 0) yield { batch, rows: rowsOf(batch, which), texts };
}

function rowsOf(batch: TokenBatch, which: PromptRows): readonly Row[] {
  return batch.flatMap((ids, sequence) => {
    const first = which === 'all' ? 0 : ids.length - 1;
    return ids.slice(first).map((_, index) => ({ sequence, position: first + index }));
  });
}

function sequencesOf(encoder: TextEncoder, text: string, template: PromptTemplate, which: PromptRows): TokenBatch {
  try {
    return [encoder.tokenize(text, { template }).ids];
  } catch (error) {
    const middle = which === 'all' ? middleSpace(text) : undefined;
    if (middle === undefined || !MokusError.isInstance(error) || error.code !== 'prompt') throw error;
    return [text.slice(0, middle), text.slice(middle)].flatMap((half) => sequencesOf(encoder, half, template, which));
  }
}

/** Index of the space that is nearest to the middle, not counting those at the ends. */
function middleSpace(text: string): number | undefined {
  const middle = Math.floor(text.length / 2);
  for (let distance = 0; distance < middle; distance++) {
    for (const index of [middle - distance, middle + distance]) {
      if (index > 0 && /\s/.test(text.charAt(index))) return index;
    }
  }
  return undefined;
}
