/** Saving an edit, a LoRA and a checkpoint's folder, each over an older one. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFolder, saveCheckpoint, saveEdit, saveLora } from '@mokus/checkpoint/node';
import { writeSafetensors } from '@mokus/safetensors';
import { contentOf, straysIn } from '../../../packages/checkpoint/test/support/on-disk.js';
import {
  type Kind,
  kinds,
  places,
  someEdit,
  someLora,
} from '../../../packages/checkpoint/test/support/save-process.js';
import { SoakFinding } from '../part.js';
import type { KillJob } from './job.js';

type Hashes = Readonly<Record<Kind, string>>;

/** Matrices of 4 MiB in the new files. */
const matrices = 4;

export async function openJob(): Promise<KillJob> {
  return {
    async prepare(folder) {
      await writeModel(folder, 1);
      await saveAll(folder, 1);
      await writeModel(folder, matrices);
      return hashesIn(folder);
    },
    async work(folder) {
      await saveAll(folder, matrices);
      return { result: { ...(await hashesIn(folder)), strays: await straysIn(folder) }, units: 0 };
    },
    async look(folder, known) {
      const [before, whole] = [known.before as Hashes, known.whole as Hashes];
      const words: string[] = [];
      for (const kind of kinds) {
        const hash = await contentOf(join(folder, places[kind])).catch(() => undefined);
        if (hash === before[kind]) words.push('old');
        else if (hash === whole[kind]) words.push('new');
        else if (hash !== undefined)
          throw new SoakFinding('half-taken', `the ${kind} is neither the old nor the new one`);
        // A folder is replaced in two renames, and the next save finds what was put aside between them.
        else if (kind === 'folder' && (await straysIn(folder)).some((name) => name.endsWith('.old')))
          words.push('aside');
        else throw new SoakFinding('lost', `the ${kind} is gone`);
      }
      return { outcome: words.join(', ') };
    },
  };
}

async function saveAll(folder: string, count: number): Promise<void> {
  await saveEdit(join(folder, places.edit), someEdit(count));
  await saveLora(join(folder, places.lora), someLora(count));
  await saveCheckpoint(await nodeFolder(join(folder, 'model')), join(folder, places.folder));
}

async function writeModel(folder: string, version: number): Promise<void> {
  const data = new Uint8Array(1_000_000 * version).fill(version);
  const weights = await writeSafetensors([{ name: 'w', dtype: 'U8', shape: [data.length], data }]);
  await mkdir(join(folder, 'model', 'vae'), { recursive: true });
  await writeFile(join(folder, 'model', 'model_index.json'), JSON.stringify({ version }));
  await writeFile(join(folder, 'model', 'vae', 'config.json'), '{}');
  await writeFile(join(folder, 'model', 'vae', 'model.safetensors'), weights);
}

async function hashesIn(folder: string): Promise<Hashes> {
  const entries = await Promise.all(kinds.map(async (kind) => [kind, await contentOf(join(folder, places[kind]))]));
  return Object.fromEntries(entries) as Hashes;
}
