/**
 * `npm run soak`: a million mutated files and more, each refused with a typed error or read consistently, none with a
 * read outside of the file. Writes bench/results/safetensors-soak.json. MOKUS_SOAK_COUNT and MOKUS_SOAK_SEED override.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { expect, it } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { fixtureBytes, report } from './support/fixtures.js';
import { mutate, Random } from './support/mutate.js';
import { readHostile } from './support/read-hostile.js';

const count = Number(process.env.MOKUS_SOAK_COUNT ?? 1_200_000);
const seed = Number(process.env.MOKUS_SOAK_SEED ?? 20);

const names = [
  ...['dtypes', 'dtypes-f6', 'edge', 'empty'],
  // Already wrong in one way: a second fault reaches other orders of the checks.
  ...Object.keys(report.refused).map((name) => `refused/${name}`),
];

it(`${count} mutated files`, { timeout: 3_600_000 }, async () => {
  const originals = names.map((name) => fixtureBytes(`${name}.safetensors`));
  const random = new Random(seed);
  const outcomes: Record<string, number> = {};
  const started = performance.now();
  for (let index = 0; index < count; index += 1) {
    // Half of the files come from those that are right, where most is to be reached.
    const original = originals[index % 2 === 0 ? random.below(4) : random.below(originals.length)] ?? new Uint8Array();
    const bytes = mutate(original, random);
    try {
      const outcome = await readHostile(bytes);
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    } catch (cause) {
      throw new Error(`file ${index} of seed ${seed}: ${Buffer.from(bytes).toString('base64')}`, { cause });
    }
  }
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  const total = Object.values(outcomes).reduce((sum, each) => sum + each, 0);
  expect(total).toBe(count);
  const record = {
    command: 'npm run soak',
    figures: { files: count, seed, seconds, crashes: 0, untypedErrors: 0, readsOutside: 0 },
    outcomes: Object.fromEntries(Object.entries(outcomes).sort(([, a], [, b]) => b - a)),
    machine: { cpu: cpus()[0]?.model ?? 'unknown', threads: 1 },
    versions: { node: process.version, '@mokus/safetensors': manifest.version },
    date: new Date().toISOString().slice(0, 10),
  };
  const target = new URL('../../../bench/results/safetensors-soak.json', import.meta.url);
  mkdirSync(new URL('.', target), { recursive: true });
  writeFileSync(target, `${JSON.stringify(record, null, 2)}\n`);
});
