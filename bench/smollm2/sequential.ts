import { join } from 'node:path';
import type { EditCase } from '@mokus/bench';
import type { Editor, TextEncoder } from '@mokus/core';
import { mean } from '../averages.js';
import { editInSequence } from '../edit-chain.js';
import type { PartialResults } from '../partial-results.js';
import { type Baseline, locality, reliability } from './facts.js';
import { template } from './model.js';

/** Rates in [0, 1], measured on the first `edits` facts after all of them. */
export interface SequentialRow {
  readonly edits: number;
  readonly reliability: number;
  readonly locality: number;
  readonly secondsPerEdit: number;
}

/** Edits one fact after the other, each on the model with all before it, and measures after each of `marks`. */
export async function* editSequentially(
  encoder: TextEncoder,
  editor: Editor,
  cases: readonly EditCase[],
  baseline: Baseline,
  { marks, partial }: { readonly marks: readonly number[]; readonly partial: PartialResults },
): AsyncGenerator<SequentialRow> {
  const sequence = editInSequence({
    encoder,
    requests: cases.map(({ request }) => request),
    marks,
    path: join(partial.folder, 'edits'),
    options: { template },
    open: () => ({ editor }),
  });
  for await (const seconds of sequence) {
    const edits = seconds.length;
    const measured = await partial.once(`after-${edits}`, async () => ({
      reliability: await reliability(encoder, cases.slice(0, edits)),
      locality: await locality(encoder, cases.slice(0, edits), baseline),
    }));
    yield { edits, ...measured, secondsPerEdit: mean(seconds) };
  }
}
