/**
 * A real LLM end to end: SmolLM2-135M-Instruct beside transformers, and UltraEdit and MEMIT on CounterFact beside
 * independent PyTorch implementations (tools/smollm2/bench.py, whose record must be there).
 *
 *   npm run test:smollm2           fetches the model
 *   npm run bench:smollm2          half an hour on 2 cores; goes on where it stopped (.cache/bench-smollm2-...)
 *   npm run bench:smollm2 -- memit only MEMIT; what else the report holds stays
 *
 * Writes bench/results/smollm2.json and the tables of docs/smollm2.md.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { recordHead } from '../record.js';
import { writeTables } from '../tables.js';
import { readFacts } from './facts.js';
import { measureMemit } from './memit.js';
import { openSmollm2 } from './model.js';
import { measureUltraEdit } from './ultra-edit.js';

const [part] = process.argv.slice(2);
if (part !== undefined && part !== 'memit') throw new Error(`no part '${part}'; there is: memit`);

const file = new URL('../results/smollm2.json', import.meta.url);
const facts = readFacts();
const encoder = await openSmollm2();
if (part === undefined) {
  for await (const report of measureUltraEdit(encoder, facts)) {
    writeReport({ ...recordHead('npm run bench:smollm2'), ...report });
  }
}
writeReport({ memit: await measureMemit(encoder, facts) });
await encoder.dispose();

/** Parts that were not measured now stay as an earlier run wrote them. */
function writeReport(parts: object): void {
  const before = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const text = `${JSON.stringify({ ...before, ...parts }, null, 2)}\n`;
  writeFileSync(file, text);
  writeTables();
  console.log(text);
}
