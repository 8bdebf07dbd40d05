import type { EditCase } from '@mokus/bench';
import type { Editor, TextEncoder } from '@mokus/core';
import { AppliedEdits } from '../applied-edits.js';
import { type Baseline, generalization, locality, reliability } from './facts.js';
import { template } from './model.js';
import type { EditRates } from './pytorch.js';

/** Edits `together` facts in one solve, then the next on the edited model; measures after all, and takes them away. */
export async function measureBatches(
  encoder: TextEncoder,
  editor: Editor,
  cases: readonly EditCase[],
  { together, baseline }: { readonly together: number; readonly baseline: Baseline },
): Promise<EditRates> {
  const applied = new AppliedEdits(encoder);
  let seconds = 0;
  for (let start = 0; start < cases.length; start += together) {
    const requests = cases.slice(start, start + together).map(({ request }) => request);
    const started = performance.now();
    const edit = await editor.edit(encoder, requests, { template });
    seconds += (performance.now() - started) / 1000;
    applied.apply(edit);
  }
  const rates = {
    reliability: await reliability(encoder, cases),
    generalization: await generalization(encoder, cases),
    locality: await locality(encoder, cases, baseline),
    secondsPerEdit: seconds / cases.length,
  };
  applied.revert();
  return rates;
}
