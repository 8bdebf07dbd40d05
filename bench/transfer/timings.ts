/**
 * Times and memory of the whole pipeline in a process of its own, so that no other work of the benchmark is in them.
 * Prints one line of JSON.
 *
 *   tsx bench/transfer/timings.ts
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { conditioningObjective, presets, secondMoments, ultraEdit } from '@mokus/editors';
import { modelFolder } from '@mokus/emoji-world';
import { fromPretrained } from 'mokus';
import { median } from '../averages.js';
import { benchSeed, benchSize, generalCorpus, planCases } from '../emoji-world/plan.js';
import { steps, world } from '../emoji-world/world.js';
import { runProcess } from '../processes.js';
import { timed } from '../step-times.js';

export interface Timings {
  /** Median of warm edits, C already there. */
  readonly editMs: number;
  /** The first one, which compiles what it needs. */
  readonly firstEditMs: number;
  /** Median of single pictures. */
  readonly pictureMs: number;
  /** Highest resident memory of the process. */
  readonly rssMb: number;
  readonly loadMs: number;
  readonly statisticsMs: number;
  /** The whole demo, once installed: loading, C, eight edits or so, pictures, the grid. */
  readonly demoMs: number;
}

const samples = 15;

const { result: pipeline, seconds: loadSeconds } = await timed(() => fromPretrained(modelFolder));
const { textEncoder } = pipeline.components;
const { result: statistics, seconds: statisticsSeconds } = await timed(() =>
  secondMoments(textEncoder, generalCorpus(world)),
);
const editor = ultraEdit({ ...presets.ultraEdit['emoji-world'], statistics });
const objective = conditioningObjective();
const cases = planCases(world, benchSize, benchSeed).slice(0, samples + 1);
const editTimes: number[] = [];
for (const { question, newAnswer, protectedPrompts } of cases) {
  const request = { question, answer: newAnswer, locality: protectedPrompts };
  editTimes.push((await timed(() => editor.edit(textEncoder, [request], { objective }))).seconds * 1000);
}
const pictureTimes: number[] = [];
for (const { question } of cases) {
  pictureTimes.push((await timed(() => pipeline.generate({ prompt: question, steps, seed: 1 }))).seconds * 1000);
}
await pipeline.dispose();
const folder = mkdtempSync(join(tmpdir(), 'mokus-demo-'));
const { seconds: demoSeconds } = await timed(() =>
  runProcess(new URL('../../examples/demo/main.ts', import.meta.url), [join(folder, 'demo.png')]),
);
rmSync(folder, { recursive: true });
const [firstEditMs, ...warm] = editTimes;
const timings: Timings = {
  editMs: median(warm)!,
  firstEditMs: firstEditMs as number,
  pictureMs: median(pictureTimes.slice(1))!,
  rssMb: process.resourceUsage().maxRSS / 1024,
  loadMs: loadSeconds * 1000,
  statisticsMs: statisticsSeconds * 1000,
  demoMs: demoSeconds * 1000,
};
console.log(JSON.stringify(timings));
