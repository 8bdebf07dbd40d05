/**
 * A real LLM end to end: SmolLM2-135M-Instruct beside transformers, and UltraEdit on CounterFact beside an independent
 * PyTorch implementation (tools/smollm2/bench.py, whose record must be there).
 *
 *   npm run test:smollm2           fetches the model
 *   npm run bench:smollm2          half an hour on 2 cores; goes on where it stopped (.cache/bench-smollm2-...)
 *
 * Writes bench/results/smollm2.json and the tables of docs/smollm2.md.
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type { TextEncoder } from '@mokus/core';
import { presets, secondMoments, ultraEdit } from '@mokus/editors';
import { AppliedEdits } from '../applied-edits.js';
import { PartialResults } from '../partial-results.js';
import { recordHead } from '../record.js';
import { writeTables } from '../tables.js';
import {
  type Baseline,
  countKnown,
  generalization,
  locality,
  predictUnrelated,
  readFacts,
  reliability,
} from './facts.js';
import { openSmollm2, template } from './model.js';
import { gapPoints, readPytorchRecord, type UltraEditRates } from './pytorch.js';
import { editSequentially, type SequentialRow } from './sequential.js';
import { compareWithTransformers, promptCases } from './transformers.js';

/** Facts of the table, and how many of them one solve writes. */
const edits = 200;
const together = 100;
const marks = [1, 10, 100, 500];

const settings = presets.ultraEdit['smollm2-135m-instruct'];
const facts = readFacts();
// C is the mean over prompts of facts that no figure is measured on.
const corpus = facts.slice(800, 900).map(({ request }) => request.question);

const encoder = await openSmollm2();
const fingerprint = await encoder.fingerprint();
const key = createHash('sha256').update(JSON.stringify({ fingerprint, settings, edits, together })).digest('hex');
const partial = new PartialResults(`bench-smollm2-${key.slice(0, 12)}`);

const parity = await partial.once('parity', async () => {
  const found = await compareWithTransformers(encoder, promptCases);
  return {
    logitsMaxAbsDiff: Math.max(...found.map(({ maxAbsDiff }) => maxAbsDiff)),
    greedyEqual: found.filter(({ greedy }, at) => `${greedy}` === `${promptCases[at]?.greedy}`).length,
  };
});
const knownAnswers = await partial.once('known', () => countKnown(encoder, facts.slice(0, edits)));
console.log(`the model knows ${knownAnswers} of ${edits} old answers`);
const baseline = await partial.once<Baseline>('baseline', () => predictUnrelated(encoder, facts.slice(0, 500)));
const statistics = await secondMoments(encoder, corpus, { template, sites: settings.sites });
const editor = ultraEdit({ ...settings, statistics });

/** `together` facts in one solve, then the next on the edited model; measured after all. */
async function measureUltraEdit(from: TextEncoder): Promise<UltraEditRates> {
  const cases = facts.slice(0, edits);
  const applied = new AppliedEdits(from);
  let seconds = 0;
  for (let start = 0; start < edits; start += together) {
    const requests = cases.slice(start, start + together).map(({ request }) => request);
    const started = performance.now();
    const edit = await editor.edit(from, requests, { template });
    seconds += (performance.now() - started) / 1000;
    applied.apply(edit);
  }
  const rates = {
    reliability: await reliability(from, cases),
    generalization: await generalization(from, cases),
    locality: await locality(from, cases, baseline),
    secondsPerEdit: seconds / edits,
  };
  applied.revert();
  return rates;
}

const ultraedit = await partial.once('ultraedit', () => measureUltraEdit(encoder));

const pytorch = readPytorchRecord({ ...settings, edits, together });
const sequential: SequentialRow[] = [];
writeReport();
for await (const row of editSequentially(encoder, editor, facts, baseline, { marks, partial })) {
  sequential.push(row);
  writeReport();
}
await encoder.dispose();

/** After each part, so that a long run shows what it has. */
function writeReport(): void {
  const { reliability, generalization, locality } = pytorch;
  const report = {
    ...recordHead('npm run bench:smollm2'),
    model: { textEncoder: fingerprint },
    settings,
    ...parity,
    knownAnswers,
    ultraedit: {
      edits,
      together,
      ...ultraedit,
      gapPoints: gapPoints(ultraedit, pytorch),
      pytorch: { reliability, generalization, locality },
      pytorchSecondsPerEdit: pytorch.secondsPerEdit,
    },
    sequential,
  };
  const text = `${JSON.stringify(report, null, 2)}\n`;
  writeFileSync(new URL('../results/smollm2.json', import.meta.url), text);
  writeTables();
  console.log(text);
}
