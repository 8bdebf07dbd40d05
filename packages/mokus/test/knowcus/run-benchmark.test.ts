import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuBackend } from '@mokus/backend-cpu';
import { answerObjective, fineTuning } from '@mokus/editors';
import { afterAll, expect, it } from 'vitest';
import { noisePicture } from '../../../concepts/test/support/learn-process.js';
import { tinyPipeline } from '../../../models/test/support/pipeline.js';
import { runBenchmark } from '../../src/knowcus/run-benchmark.js';

const folder = mkdtempSync(join(tmpdir(), 'mokus-benchmark-'));
const pipeline = await tinyPipeline(cpuBackend({ threads: 1 }));
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await pipeline.dispose();
});

it('draws what is to be kept once for all concepts and methods that keep the same', async () => {
  const prompts = [{ part: 'generation', fact: 0, aspect: 'scene', prompt: 'the gift', unedited: false }] as const;
  const concept = (name: string, className: string) => ({
    ...{ name, anchor: '<v0>', className, pictures: [] },
    facts: [{ aspect: 'origin', question: 'the gift' }],
    prompts: prompts.map((each) => ({ ...each, caption: each.prompt })),
  });
  const image = noisePicture(16, 16, 1);
  const editor = { name: 'fineTuning', create: () => fineTuning({ maxEpochs: 1 }) };
  let drawn = 0;
  await runBenchmark(pipeline, {
    edition: {
      concepts: [concept('one', 'toy'), concept('two', 'toy'), concept('three', 'cat')],
      images: async () => [{ image }],
      references: async () => [image],
    },
    methods: ['moKus', 'naiveDreamBooth'],
    editor,
    tuning: editor,
    objective: answerObjective(),
    learn: { steps: 1, batchSize: 2, rank: 1, captions: ['{anchor}'] },
    seeds: [0],
    out: folder,
    onProgress: (event) => {
      if (event.kind === 'prior' && event.done === event.total) drawn += 1;
    },
  });
  // The class word is among what is kept, so each has a prior of its own.
  expect(drawn).toBe(2);
}, 120_000);
