/**
 * Does everything stay whole for as long as one likes? Mutated files and folders, cycles of editing, processes that are
 * killed; how many of each, and what came of it, is bench/results/soak.json.
 *
 *   npm run soak                         all parts, as far as they are not done; hours on 2 cores
 *   npm run soak -- folders cycles       some of them: files, folders, cycles, kills
 *   npm run soak -- cycles --count 200   so many more cases
 *   npm run soak -- files --seed 7       other cases, from the first on; --fresh: the same ones again
 *
 * It stops between two cases when it is told to (Ctrl-C) and goes on from there the next time: .cache/soak/ has how far it
 * is. Cases with a finding are tried again first, so a mended one falls away.
 */
import { parseArgs } from 'node:util';
import { loadPart, type PartName, partModule, parts, type SoakPart } from './part.js';
import { writeRecord } from './result.js';
import { cacheFile, head, newState, type PartState, readState, writeState } from './state.js';
import { supervise } from './supervise.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { count: { type: 'string' }, seed: { type: 'string', default: '20' }, fresh: { type: 'boolean' } },
});
const seed = wholeNumber('seed', values.seed);
const unknown = positionals.find((name) => !(parts as readonly string[]).includes(name));
if (unknown !== undefined) throw new Error(`there is no part '${unknown}'; there are: ${parts.join(', ')}`);
const chosen = positionals.length === 0 ? parts : (positionals as PartName[]);

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());

const known: Partial<Record<PartName, SoakPart>> = {};
for (const name of parts) known[name] = await loadPart(partModule(name));
const all = known as Record<PartName, SoakPart>;
const targets = Object.fromEntries(parts.map((name) => [name, all[name].target])) as Record<PartName, number>;

for (const name of chosen) {
  if (!stop.signal.aborted) await runPart(name, all[name]);
}

async function runPart(name: PartName, part: SoakPart): Promise<void> {
  const state = values.fresh ? newState(seed) : readState(name, seed);
  const to = values.count === undefined ? part.target : state.done + wholeNumber('count', values.count);
  if (to > state.done) state.where = head();
  let printed = 0;
  const onReport = (now: PartState): void => {
    writeState(name, now);
    // Something fundamental is wrong then.
    if (now.findings.length >= 100) stop.abort();
    if (performance.now() - printed < 10_000) return;
    printed = performance.now();
    print(name, now, to);
  };
  await supervise(partModule(name), part, state, { atFile: cacheFile(name, 'at'), to, signal: stop.signal, onReport });
  writeState(name, state);
  print(name, state, to);
  const file = new URL('../results/soak.json', import.meta.url);
  if (!writeRecord(file, name, state, targets)) console.log('  the record keeps a longer run of it');
  for (const { index, kind, message } of state.findings.slice(0, 10)) {
    console.log(`  case ${index} of seed ${seed}: ${kind}\n${message.replaceAll(/^/gm, '    ')}`);
  }
  if (state.findings.length > 0) process.exitCode = 1;
}

function print(name: PartName, { done, seconds, findings, rssMb }: PartState, to: number): void {
  const memory = rssMb.at(-1)?.at(-1);
  const words = [`${done} of ${to}`, `${Math.round(seconds)} s`, `${findings.length} findings`];
  if (memory !== undefined) words.push(`${memory} MB`);
  console.log(`${new Date().toISOString().slice(11, 19)} ${name}: ${words.join(', ')}`);
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`--${name} is '${text}'; expected a whole number`);
}
