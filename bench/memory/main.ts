/**
 * How much memory is resident while a checkpoint draws, is edited, and learns? Each case runs in a process of its own; the
 * bar is 1.3 x the weights in the dtype that the CPU computes in, f32, + 400 MB. Learning has no bar: a transformer of 12
 * blocks with 1,024 image tokens, its backward pass whole, and with gradient checkpointing.
 *
 *   npm run bench:memory                    all cases; SmolLM2 where its folder is there (npm test -- --provide)
 *   npm run bench:memory -- random-f32      one of them; the others' figures stay
 *
 * Writes bench/results/memory.json. The random checkpoints (2 GB) stay in .cache/bench-memory/. Linux only.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { modelFolder } from '@mokus/emoji-world';
import { inspect } from 'mokus';
import { findSmollm2 } from '../../scripts/lib/smollm2.mjs';
import { runProcess } from '../processes.js';
import { recordHead } from '../record.js';
import { ensureRandomCheckpoint, randomCheckpoints } from './checkpoint.js';
import type { Stage } from './stages.js';
import { ensureRandomTransformer } from './transformer.js';

interface Case {
  readonly name: string;
  /** Makes the checkpoint's folder. */
  readonly folder: () => Promise<string>;
  /** The part of it that is inspected for its weights. Default: all of it. */
  readonly network?: string;
  /** Default: true. */
  readonly hasBar?: boolean;
}

const smollm2 = findSmollm2();
const cache = fileURLToPath(new URL('../../.cache/bench-memory', import.meta.url));
const command = 'npm run bench:memory';
const file = fileURLToPath(new URL('../results/memory.json', import.meta.url));

const all: readonly Case[] = [
  { name: 'emoji-world', folder: async () => fileURLToPath(modelFolder) },
  ...(smollm2 === null ? [] : [{ name: 'smollm2', folder: async () => smollm2 }]),
  ...randomCheckpoints.map(
    (each): Case => ({
      name: each.name,
      folder: () => ensureRandomCheckpoint(cache, each),
      network: 'text_encoder',
    }),
  ),
  ...['learning', 'learning-checkpointed'].map(
    (name): Case => ({ name, folder: () => ensureRandomTransformer(cache), network: 'transformer', hasBar: false }),
  ),
];

async function measure({ name, folder: makeFolder, network, hasBar = true }: Case) {
  const folder = await makeFolder();
  const { components } = await inspect(network === undefined ? folder : `${folder}/${network}`);
  const read = components.flatMap((component) => component.read ?? []);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const weightsMb = (4 * sum(read.map(({ parameters }) => parameters))) / 1e6;
  const stages = JSON.parse(
    await runProcess(new URL('./case.ts', import.meta.url), [name, folder]),
  ) as readonly Stage[];
  const { command: _, ...where } = recordHead(command);
  const peakMb = Math.max(...stages.map((stage) => stage.peakMb));
  const barMb = hasBar ? 1.3 * weightsMb + 400 : null;
  return {
    name,
    storedMb: sum(read.map(({ bytes }) => bytes)) / 1e6,
    /** In f32, which the CPU computes in. */
    weightsMb,
    peakMb,
    peakOverWeights: peakMb / weightsMb,
    barMb,
    withinBar: barMb === null ? null : peakMb <= barMb,
    stages,
    /** A case stays when another one is measured on another machine. */
    measured: where,
  };
}

type Measured = Awaited<ReturnType<typeof measure>>;

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !all.some((each) => each.name === name));
if (unknown !== undefined) throw new Error(`no case '${unknown}'; there are ${all.map(({ name }) => name).join(', ')}`);
const known: readonly Measured[] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).cases : [];
const measured = new Map(known.map((each) => [each.name, each]));
for (const each of all) {
  if (asked.length > 0 && !asked.includes(each.name)) continue;
  measured.set(each.name, await measure(each));
  const report = { command, cases: [...measured.values()] };
  const rounded = (_: string, value: unknown): unknown =>
    typeof value === 'number' ? Number(value.toPrecision(5)) : value;
  writeFileSync(file, `${JSON.stringify(report, rounded, 2)}\n`);
  const { weightsMb, peakMb, peakOverWeights, barMb } = measured.get(each.name) as Measured;
  console.log(
    `${each.name}: ${peakMb.toFixed(0)} MB of ${barMb?.toFixed(0) ?? '-'}, ${peakOverWeights.toFixed(2)} x ${weightsMb.toFixed(0)}`,
  );
}
