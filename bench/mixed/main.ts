/**
 * What an image model trained with mixed conditioning draws right, beside the shipped one: the same prompts, seeds and
 * judge as bench:transfer. The model is not in the repository; tools/emoji-world trains it.
 *
 *   python train_dit.py mixed        (in tools/emoji-world; it says where it saves the transformer)
 *   npm run bench:mixed -- FOLDER    (of that transformer)
 *
 * Writes bench/results/mixed.json and the tables of the documents.
 */
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { modelFolder } from '@mokus/emoji-world';
import { fromPretrained } from 'mokus';
import { nearestPicture, steps, world } from '../emoji-world/world.js';
import { recordHead } from '../record.js';
import { writeTables } from '../tables.js';
import { distanceLimit, drawNatural } from '../transfer/natural.js';
import { summariseNatural } from '../transfer/summary.js';

const [transformer] = process.argv.slice(2);
if (transformer === undefined) throw new Error('name the folder of the transformer to measure');

const folder = mkdtempSync(join(tmpdir(), 'mokus-mixed-'));
try {
  cpSync(fileURLToPath(modelFolder), folder, { recursive: true });
  cpSync(transformer, join(folder, 'transformer'), { recursive: true });
  const pipeline = await fromPretrained(folder);
  const rows = await drawNatural(pipeline, await nearestPicture(), world);
  const limit = distanceLimit(rows);
  const weights = readFileSync(join(folder, 'transformer/diffusion_pytorch_model.safetensors'));
  const report = {
    ...recordHead('npm run bench:mixed -- FOLDER'),
    model: {
      textEncoder: await pipeline.components.textEncoder.fingerprint(),
      transformer: createHash('sha256').update(weights).digest('hex'),
    },
    pictures: { steps, guidance: 'none', size: 64, distanceLimit: limit },
    natural: summariseNatural(rows, limit),
  };
  await pipeline.dispose();
  const results = fileURLToPath(new URL('../results/', import.meta.url));
  writeFileSync(join(results, 'mixed.json'), `${JSON.stringify(report, null, 2)}\n`);
  writeTables();
  console.log(JSON.stringify(report, null, 2));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
