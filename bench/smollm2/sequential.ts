import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EditCase } from '@mokus/bench';
import { loadEdit, saveEdit } from '@mokus/checkpoint/node';
import type { Editor, TextEncoder } from '@mokus/core';
import type { PartialResults } from '../partial-results.js';
import { AppliedEdits } from './applied-edits.js';
import { type Baseline, locality, reliability } from './facts.js';
import { template } from './model.js';

/** Rates in [0, 1], measured on the first `edits` facts after all of them. */
export interface SequentialRow {
  readonly edits: number;
  readonly reliability: number;
  readonly locality: number;
  readonly secondsPerEdit: number;
}

/** One edit made: how long it took, and whether it changed anything (a fact that is answered already needs no change). */
interface Made {
  readonly at: number;
  readonly seconds: number;
  readonly changed: boolean;
}

/**
 * Edits one fact after the other, each on the model with all before it, and measures after each of `marks`. Every edit is
 * saved, so that a run that was killed goes on from the last one.
 */
export async function* editSequentially(
  encoder: TextEncoder,
  editor: Editor,
  cases: readonly EditCase[],
  baseline: Baseline,
  { marks, partial }: { readonly marks: readonly number[]; readonly partial: PartialResults },
): AsyncGenerator<SequentialRow> {
  const log = join(partial.folder, 'edits.jsonl');
  const made = readMade(log);
  const applied = new AppliedEdits(encoder);
  let seconds = 0;
  for (const [at, { request }] of cases.slice(0, Math.max(...marks)).entries()) {
    const file = join(partial.folder, `edit-${at}.safetensors`);
    let known = made.get(at);
    if (known === undefined) {
      const started = performance.now();
      const edit = await editor.edit(encoder, [request], { template });
      known = { at, seconds: (performance.now() - started) / 1000, changed: edit.sites.size > 0 };
      if (known.changed) await saveEdit(file, edit);
      appendFileSync(log, `${JSON.stringify(known)}\n`);
    }
    if (known.changed) applied.apply(await loadEdit(file));
    seconds += known.seconds;
    const edits = at + 1;
    if (marks.includes(edits)) {
      const measured = await partial.once(`after-${edits}`, async () => ({
        reliability: await reliability(encoder, cases.slice(0, edits)),
        locality: await locality(encoder, cases.slice(0, edits), baseline),
      }));
      yield { edits, ...measured, secondsPerEdit: seconds / edits };
    }
  }
  applied.revert();
}

function readMade(log: string): Map<number, Made> {
  if (!existsSync(log)) return new Map();
  const lines = readFileSync(log, 'utf8').split('\n').filter(Boolean);
  return new Map(lines.map((line) => JSON.parse(line) as Made).map((each) => [each.at, each]));
}
