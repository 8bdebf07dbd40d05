/**
 * How much memory is resident while a checkpoint draws and is edited? Each case runs in a process of its own; the bar is
 * 1.3 x the weights in the dtype that the CPU computes in, f32, + 400 MB.
 *
 *   npm run bench:memory                    all cases; SmolLM2 where its folder is there (npm test -- --provide)
 *   npm run bench:memory -- random-f32      one of them; the others' figures stay
 *
 * Writes bench/results/memory.json. The random checkpoints (2 GB) stay in .cache/bench-memory/. Linux only.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { modelFolder } from '@mokus/emoji-world';
import { inspect } from 'mokus';
import { findSmollm2 } from '../../scripts/lib/smollm2.mjs';
import { runProcess } from '../processes.js';
import { recordHead } from '../record.js';
import { ensureRandomCheckpoint, randomCheckpoints } from './checkpoint.js';
import type { Stage } from './stages.js';

interface Case {
  readonly name: string;
  /** The checkpoint's folder, and the one that is inspected for its weights where that is another. */
  readonly folder: string;
  readonly network?: string;
}

const smollm2 = findSmollm2();
const cache = fileURLToPath(new URL('../../.cache/bench-memory', import.meta.url));
const file = fileURLToPath(new URL('../results/memory.json', import.meta.url));

async function cases(): Promise<readonly Case[]> {
  mkdirSync(cache, { recursive: true });
  const random: Case[] = [];
  for (const each of randomCheckpoints) {
    const folder = await ensureRandomCheckpoint(cache, each);
    random.push({ name: each.name, folder, network: `${folder}/text_encoder` });
  }
  const emojiWorld: Case = { name: 'emoji-world', folder: fileURLToPath(modelFolder) };
  return [emojiWorld, ...(smollm2 === null ? [] : [{ name: 'smollm2', folder: smollm2 }]), ...random];
}

async function measure({ name, folder, network = folder }: Case) {
  const { components } = await inspect(network);
  const read = components.flatMap((component) => component.read ?? []);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const weightsMb = (4 * sum(read.map(({ parameters }) => parameters))) / 1e6;
  const stages = JSON.parse(
    await runProcess(new URL('./case.ts', import.meta.url), [name, folder]),
  ) as readonly Stage[];
  const peakMb = Math.max(...stages.map((stage) => stage.peakMb));
  const barMb = 1.3 * weightsMb + 400;
  return {
    name,
    storedMb: sum(read.map(({ bytes }) => bytes)) / 1e6,
    /** In f32, which the CPU computes in. */
    weightsMb,
    peakMb,
    peakOverWeights: peakMb / weightsMb,
    barMb,
    withinBar: peakMb <= barMb,
    stages,
  };
}

type Measured = Awaited<ReturnType<typeof measure>>;

const asked = process.argv.slice(2);
const all = await cases();
const unknown = asked.find((name) => !all.some((each) => each.name === name));
if (unknown !== undefined) throw new Error(`no case '${unknown}'; there are ${all.map(({ name }) => name).join(', ')}`);
const known: readonly Measured[] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).cases : [];
const measured = new Map(known.map((each) => [each.name, each]));
for (const each of all) {
  if (asked.length > 0 && !asked.includes(each.name)) continue;
  measured.set(each.name, await measure(each));
  const report = {
    ...recordHead('npm run bench:memory'),
    cases: all.flatMap(({ name }) => measured.get(name) ?? []),
  };
  const rounded = (_: string, value: unknown): unknown =>
    typeof value === 'number' ? Number(value.toPrecision(5)) : value;
  writeFileSync(file, `${JSON.stringify(report, rounded, 2)}\n`);
  const { weightsMb, peakMb, peakOverWeights, barMb } = measured.get(each.name) as Measured;
  console.log(
    `${each.name}: ${peakMb.toFixed(0)} MB of ${barMb.toFixed(0)}, ${peakOverWeights.toFixed(2)} x ${weightsMb.toFixed(0)}`,
  );
}
