/**
 * KnowCusBench on the embedded model: concepts that it never saw are learned from three pictures each, five facts are bound
 * to each, and prompts that state the facts are drawn. MoKus, Naive-DB and Enc-FT side by side, MoKus's ablations, and what
 * else edits of knowledge do: erasure and injection.
 *
 *   npm run bench:knowcus            about 40 minutes on 2 idle cores; goes on where it stopped
 *   npm run bench:knowcus -- times   the times of the methods only, for a quiet machine: 8 minutes
 *
 * Writes bench/results/knowcus.json, the raw rows beside it, and the tables of docs/knowcus.md.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { KnowCusCell } from '@mokus/bench';
import { measuredLimit } from '../emoji-world/distance-limit.js';
import { openEmojiWorld } from '../emoji-world/open.js';
import { nearestPicture, steps } from '../emoji-world/world.js';
import { PartialResults } from '../partial-results.js';
import { runProcess } from '../processes.js';
import { recordHead } from '../record.js';
import { writeTables } from '../tables.js';
import { keptApplications } from './application.js';
import { edition, editionSettings } from './edition.js';
import { measureErasure } from './erasure.js';
import { measureInjection } from './injection.js';
import { ablationPlan } from './methods.js';
import { ablationReports, methodReports, type Times } from './summary.js';

const results = fileURLToPath(new URL('../results/', import.meta.url));
const file = `${results}knowcus.json`;
const isTimesOnly = process.argv.includes('times');
const measured = isTimesOnly ? JSON.parse(readFileSync(file, 'utf8')) : await measurePictures();
// Last, when no other process of this benchmark runs.
const times: Record<string, Times> = JSON.parse(await runProcess(new URL('./times.ts', import.meta.url), []));
for (const [name, ofMethod] of Object.entries(times)) measured[name] = { ...measured[name], ...ofMethod };
const report = { ...measured, ...recordHead('npm run bench:knowcus') };
writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
writeTables();
console.log(JSON.stringify(report, null, 2));

async function measurePictures(): Promise<Record<string, unknown>> {
  const workers = availableParallelism();
  const pipeline = await openEmojiWorld();
  const textEncoder = await pipeline.components.textEncoder.fingerprint();
  const { limit, imageModel } = measuredLimit(textEncoder);
  const decides = JSON.stringify({ textEncoder, imageModel, editionSettings });
  const key = createHash('sha256').update(decides).digest('hex').slice(0, 12);
  const partial = new PartialResults(`bench-knowcus-${key}`);

  const shares = await Promise.all(
    Array.from(
      { length: workers },
      async (_, index): Promise<{ methods: string; cells: KnowCusCell[] }[]> =>
        JSON.parse(
          await runProcess(new URL('./worker.ts', import.meta.url), [String(index), String(workers), partial.folder]),
        ),
    ),
  );
  const cellsOf = (methods: string): KnowCusCell[] =>
    shares.flat().flatMap((share) => (share.methods === methods ? share.cells : []));
  const [main, ablations] = [cellsOf('main'), cellsOf('ablations')];

  const applications = { pipeline, judge: await nearestPicture(), limit };
  const kept = keptApplications(textEncoder);
  const erasure = await measureErasure(applications, kept);
  const injection = await measureInjection(applications, kept);
  await pipeline.dispose();

  writeFileSync(`${results}knowcus.rows.jsonl`, [...main, ...ablations].flatMap(rowsOf).join(''));
  return {
    model: { textEncoder, imageModel },
    pictures: { steps, guidance: 'none', size: 64, distanceLimit: limit, threads: 1, processes: workers },
    concepts: edition.map(({ name }) => name),
    prompts: edition.reduce((sum, { prompts }) => sum + prompts.length, 0),
    ...methodReports(main, limit),
    ablations: ablationReports(ablationPlan, ablations, limit),
    erasure: withoutRows(erasure),
    injection: withoutRows(injection),
  };
}

function withoutRows({ rows: _, ...figures }: { rows: unknown }): object {
  return figures;
}

/** A line a picture of the benchmark, with what it shows. */
function rowsOf({ method, pictures }: KnowCusCell): string[] {
  return pictures.map(({ concept, part, fact, aspect, prompt, seed, scene, unedited, seen }) => {
    const row = { method, concept, part, fact, aspect, prompt, seed, scene, unedited, seen };
    return `${JSON.stringify(row)}\n`;
  });
}
