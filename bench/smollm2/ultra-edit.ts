import { createHash } from 'node:crypto';
import type { EditCase } from '@mokus/bench';
import type { TextEncoder } from '@mokus/core';
import { presets, secondMoments, ultraEdit } from '@mokus/editors';
import { PartialResults } from '../partial-results.js';
import { measureBatches } from './batches.js';
import { type Baseline, countKnown, predictUnrelated } from './facts.js';
import { template } from './model.js';
import { gapPoints, readPytorchUltraEdit } from './pytorch.js';
import { editSequentially, type SequentialRow } from './sequential.js';
import { compareWithTransformers, promptCases } from './transformers.js';

/** Facts of the table, and how many of them one solve writes. */
const edits = 200;
const together = 100;
const marks = [1, 10, 100, 500];

const settings = presets.ultraEdit['smollm2-135m-instruct'];

/**
 * The model beside transformers, UltraEdit beside its PyTorch implementation, and UltraEdit one fact after the other: the
 * report so far after each part, so that a long run shows what it has.
 */
export async function* measureUltraEdit(encoder: TextEncoder, facts: readonly EditCase[]): AsyncGenerator<object> {
  // C is the mean over prompts of facts that no figure is measured on.
  const corpus = facts.slice(800, 900).map(({ request }) => request.question);
  const cases = facts.slice(0, edits);
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
  const knownAnswers = await partial.once('known', () => countKnown(encoder, cases));
  console.log(`the model knows ${knownAnswers} of ${edits} old answers`);
  const baseline = await partial.once<Baseline>('baseline', () => predictUnrelated(encoder, facts.slice(0, 500)));
  const statistics = await secondMoments(encoder, corpus, { template, sites: settings.sites });
  const editor = ultraEdit({ ...settings, statistics });
  const ultraedit = await partial.once('ultraedit', () =>
    measureBatches(encoder, editor, cases, { together, baseline }),
  );

  const pytorch = readPytorchUltraEdit({ ...settings, edits, together });
  const { reliability, generalization, locality } = pytorch;
  const sequential: SequentialRow[] = [];
  const report = {
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
  yield report;
  for await (const row of editSequentially(encoder, editor, facts, baseline, { marks, partial })) {
    sequential.push(row);
    yield report;
  }
}
