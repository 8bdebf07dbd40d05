import { createHash } from 'node:crypto';
import type { EditCase } from '@mokus/bench';
import type { TextEncoder } from '@mokus/core';
import { type MemitSettings, memit, presets, rowsLike, secondMoments } from '@mokus/editors';
import { PartialResults } from '../partial-results.js';
import { recordHead } from '../record.js';
import { secondMomentsCache } from '../second-moments-cache.js';
import { measureBatches } from './batches.js';
import { predictUnrelated } from './facts.js';
import { template } from './model.js';
import { gapPoints, readPytorchMemit } from './pytorch.js';

/** Facts of the table, and how many of them one solve writes. */
const edits = 50;
const together = 25;

/** The bare prompt is the only context, so that both sides have the same ones and a search takes seconds. */
const settings: MemitSettings = { ...presets.memit['smollm2-135m-instruct'], contexts: [] };

/** MEMIT beside its PyTorch implementation on the same facts: the field `memit` of the report. */
export async function measureMemit(encoder: TextEncoder, facts: readonly EditCase[]): Promise<object> {
  const pytorch = readPytorchMemit({ ...settings, edits, together });
  const cases = facts.slice(0, edits);
  const key = JSON.stringify({ fingerprint: await encoder.fingerprint(), settings, edits, together });
  const digest = createHash('sha256').update(key).digest('hex');
  const partial = new PartialResults(`bench-smollm2-memit-${digest.slice(0, 12)}`);
  const { head, ...rates } = await partial.once('memit', async () => {
    // C is the mean over all rows of prompts of facts that no figure is measured on: more of them than the 1,536 inputs of
    // a down projection.
    const corpus = facts.slice(500).map(({ request }) => request.question);
    const statistics = await secondMoments(encoder, corpus, {
      template,
      sites: settings.sites,
      rows: rowsLike('subjectLast'),
      cache: secondMomentsCache,
    });
    const baseline = await predictUnrelated(encoder, cases);
    const measured = await measureBatches(encoder, memit({ ...settings, statistics }), cases, { together, baseline });
    return { head: recordHead('npm run bench:smollm2', ['memit']), ...measured };
  });
  const { reliability, generalization, locality, secondsPerEdit } = pytorch;
  return {
    ...head,
    settings,
    cases: edits,
    together,
    ...rates,
    gapPoints: gapPoints(rates, pytorch),
    pytorch: { reliability, generalization, locality },
    pytorchSecondsPerEdit: secondsPerEdit,
  };
}
