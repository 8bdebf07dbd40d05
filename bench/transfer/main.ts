/**
 * Does a picture change because a fact changed? Facts are moved to other answers of their relation, one at a time and
 * jointly; pictures are judged by the nearest training picture.
 *
 *   npm run bench:transfer                 about an hour on 2 cores; goes on where it stopped
 *   npm run bench:transfer -- answer       only these configurations
 *
 * Writes bench/results/transfer.json, the raw rows beside it, and the tables of the README.
 */

import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NearestPicture } from '@mokus/bench';
import type { TextToImagePipeline } from '@mokus/core';
import { secondMoments } from '@mokus/editors';
import { modelFolder } from '@mokus/emoji-world';
import { fromPretrained } from 'mokus';
import { benchSeed, benchSize, generalCorpus, planCases } from '../emoji-world/plan.js';
import { nearestPicture, steps, world } from '../emoji-world/world.js';
import { PartialResults } from '../partial-results.js';
import { runProcess } from '../processes.js';
import { recordHead } from '../record.js';
import { writeTables } from '../tables.js';
import { configurations } from './configurations.js';
import { type JointRow, runJoint } from './joint.js';
import { distanceLimit, drawNatural, type NaturalRow } from './natural.js';
import { type CaseRow, readCases } from './rows.js';
import { summarise, summariseNatural } from './summary.js';
import type { Timings } from './timings.js';

const results = fileURLToPath(new URL('../results/', import.meta.url));
const workers = availableParallelism();
const chosen = process.argv.slice(2);
const names = chosen.length > 0 ? chosen : Object.keys(configurations);

const plan = planCases(world, benchSize, benchSeed);

const pipeline = await fromPretrained(modelFolder);
const judge = await nearestPicture();
const fingerprint = await pipeline.components.textEncoder.fingerprint();
const imageModel = sha256('transformer/diffusion_pytorch_model.safetensors', 'vae/diffusion_pytorch_model.safetensors');
// Another model's partial results must not be taken for this one's.
const model = `${fingerprint.slice(0, 12)}-${imageModel.slice(0, 12)}`;
const partial = new PartialResults(`bench-transfer-${model}`);

/** Of these files of the model, one after another. */
function sha256(...files: string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(new URL(file, modelFolder)));
  return hash.digest('hex');
}

/** All cases of one configuration, shared among as many processes as there are cores. */
async function runConfiguration(name: string): Promise<CaseRow[]> {
  const files = Array.from({ length: workers }, (_, index) =>
    join(partial.folder, `${name}-${index}-of-${workers}.jsonl`),
  );
  const before = files.flatMap(readCases);
  if (before.length < plan.length) {
    console.log(`${new Date().toISOString().slice(11, 19)} ${name}: ${before.length} cases done before`);
    await Promise.all(
      files.map((file, index) =>
        runProcess(new URL('./worker.ts', import.meta.url), [name, String(index), String(workers), file]),
      ),
    );
  }
  return files.flatMap(readCases).sort((a, b) => a.id - b.id);
}

async function measureJoint(from: TextToImagePipeline, by: NearestPicture, limit: number): Promise<JointRow[]> {
  const statistics = await secondMoments(from.components.textEncoder, generalCorpus(world));
  const rows: JointRow[] = [];
  for (const edits of [10, 30]) rows.push(await runJoint(from, by, world, statistics, edits, limit));
  return rows;
}

const timings = await partial.once(
  'timings',
  async () => JSON.parse(await runProcess(new URL('./timings.ts', import.meta.url))) as Timings,
);
const natural = await partial.once<NaturalRow[]>('natural', () => drawNatural(pipeline, judge, world));
const limit = distanceLimit(natural);
const cases = new Map<string, CaseRow[]>();
for (const name of names) cases.set(name, await runConfiguration(name));
const joint = await partial.once('joint', () => measureJoint(pipeline, judge, limit));
await pipeline.dispose();

const report = {
  ...recordHead('npm run bench:transfer', chosen),
  model: { textEncoder: fingerprint, imageModel },
  pictures: { steps, guidance: 'none', size: 64, distanceLimit: limit },
  facts: plan.length,
  unseenFacts: plan.filter(({ seen }) => !seen).length,
  natural: summariseNatural(natural, limit),
  ...Object.fromEntries([...cases].map(([name, rows]) => [name, summarise(rows, limit)])),
  joint,
  ...timings,
};
writeFileSync(join(results, 'transfer.json'), `${JSON.stringify(report, null, 2)}\n`);
writeFileSync(join(results, 'transfer.natural.jsonl'), natural.map((row) => `${JSON.stringify(row)}\n`).join(''));
writeFileSync(
  join(results, 'transfer.rows.jsonl'),
  [...cases.values()]
    .flat()
    .flatMap(({ pictures, ...fact }) => pictures.map((picture) => `${JSON.stringify({ ...fact, ...picture })}\n`))
    .join(''),
);
writeTables();
console.log(JSON.stringify(report, null, 2));
