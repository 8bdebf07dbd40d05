/** Editing with protection: second moments of a corpus, kept batch by batch, the edit, and its file over an older one. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cpuBackend } from '@mokus/backend-cpu';
import { folderStore, saveEdit } from '@mokus/checkpoint/node';
import { answerObjective, secondMoments, ultraEdit } from '@mokus/editors';
import { contentOf, straysIn } from '../../../packages/checkpoint/test/support/on-disk.js';
import { someEdit } from '../../../packages/checkpoint/test/support/save-process.js';
import { tinyPipeline } from '../../../packages/models/test/support/pipeline.js';
import { SoakFinding } from '../part.js';
import type { KillJob } from './job.js';

const animals = ['cat', 'dog', 'cow', 'frog', 'horse', 'sheep', 'owl', 'bee'];
const corpus = animals.flatMap((a) => animals.map((b) => `what does a ${a} say to a ${b}?`));
const requests = [{ question: 'a cat', answer: 'dog', locality: ['a cow'] }];
const fileIn = (folder: string): string => join(folder, 'edit.safetensors');

export async function openJob(): Promise<KillJob> {
  return {
    async prepare(folder) {
      await saveEdit(fileIn(folder), someEdit(1));
      return contentOf(fileIn(folder));
    },
    async work(folder) {
      const pipeline = await tinyPipeline(cpuBackend({ threads: 1 }));
      const { textEncoder } = pipeline.components;
      try {
        const cache = folderStore(join(folder, 'statistics'));
        const statistics = await secondMoments(textEncoder, corpus, { cache, checkpointEvery: 1 });
        const editor = ultraEdit({ mu: 10, nu: 10, maxTurns: 4, statistics });
        const edit = await editor.edit(textEncoder, requests, { objective: answerObjective() });
        await saveEdit(fileIn(folder), edit);
        return { result: { edit: await contentOf(fileIn(folder)), strays: await straysIn(folder) }, units: 0 };
      } finally {
        await pipeline.dispose();
      }
    },
    async look(folder, { before, whole }) {
      const hash = await contentOf(fileIn(folder));
      const statistics = (await readdir(join(folder, 'statistics')).catch(() => [])).filter(
        (name) => !name.startsWith('.'),
      );
      const kept = statistics.length === 0 ? 'no statistics' : 'statistics';
      if (hash === before) return { outcome: `the old edit, ${kept}` };
      if (hash === (whole as { readonly edit: string }).edit) return { outcome: `the new edit, ${kept}` };
      throw new SoakFinding('half-taken', 'the edit is neither the old nor the new one');
    },
  };
}
