/** Comparing two editors on two facts, each part kept when it is done. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cpuBackend } from '@mokus/backend-cpu';
import { type ComparePlan, compareEditors, nearestPictureScorer } from '@mokus/bench';
import { fileCellStore } from '@mokus/bench/node';
import { loadEdit } from '@mokus/checkpoint/node';
import { MokusError } from '@mokus/core';
import { answerObjective, ftM, ultraEdit } from '@mokus/editors';
import { encodePng, readImage } from 'mokus';
import { noisePicture } from '../../../packages/concepts/test/support/learn-process.js';
import { tinyPipeline } from '../../../packages/models/test/support/pipeline.js';
import { SoakFinding } from '../part.js';
import { type KillJob, sha256 } from './job.js';

const side = 16;
const candidates = [1, 2].map((seed) => ({
  concept: `noise ${seed}`,
  scene: '',
  rgb: Uint8Array.from(noisePicture(side, side, seed).data.filter((_, at) => at % 4 < 3)),
}));

const plan: ComparePlan = {
  editors: [
    { name: 'UltraEdit', create: () => ultraEdit({ maxTurns: 2 }) },
    { name: 'FT-M', create: () => ftM({ maxEpochs: 1 }) },
  ],
  objectives: [answerObjective()],
  cases: [
    { id: 'cat', request: { question: 'a cat', answer: 'dog', subject: 'cat' }, oldAnswer: 'cow' },
    { id: 'frog', request: { question: 'a frog', answer: 'cow', subject: 'frog' }, unrelated: [{ question: 'a dog' }] },
  ],
  pictures: { steps: 2, seeds: [5], scorer: await nearestPictureScorer({ candidates, side }) },
  retention: { counts: [1, 2] },
};

/** Two baselines; two variants with two cases and with two counts. */
const parts = 2 + 2 * (2 + 2);

export async function openJob(): Promise<KillJob> {
  return {
    prepare: async () => null,
    work: async (folder) => {
      const pipeline = await tinyPipeline(cpuBackend({ threads: 1 }));
      try {
        const store = await fileCellStore(folder, { encodePicture: encodePng, decodePicture: readImage });
        let units = 0;
        const comparison = await compareEditors(pipeline, plan, {
          store,
          onProgress: (event) => {
            if (event.kind === 'compare' && !event.restored) units += 1;
          },
        });
        const timeless = JSON.stringify(comparison, (key, value) => (/^seconds/.test(key) ? 0 : value));
        return { result: sha256(timeless), units };
      } finally {
        await pipeline.dispose();
      }
    },
    look: async (folder) => {
      const cells = join(folder, 'cells');
      const names = existsSync(cells) ? (await readdir(cells)).filter((name) => !name.startsWith('.')) : [];
      for (const name of names) await requireWhole(join(cells, name));
      // What a chain of edits keeps between its counts is no part of its own.
      const done = names.filter((name) => name.endsWith('.json') && !name.startsWith('chain.')).length;
      return { outcome: `${done} of ${parts} parts`, units: parts - done };
    },
  };
}

async function requireWhole(file: string): Promise<void> {
  try {
    if (file.endsWith('.json')) JSON.parse(await readFile(file, 'utf8'));
    else if (file.endsWith('.png')) await readImage(file);
    else await loadEdit(file);
  } catch (error) {
    if (!MokusError.isInstance(error) && !(error instanceof SyntaxError)) throw error;
    throw new SoakFinding('half-taken', `${file} is damaged: ${error.message}`, error);
  }
}
