/**
 * What remains after many edits, one after the other or in one call: pictures of the new answers, facts that were not
 * edited, names, answers, and the time of an edit.
 *
 *   npm run bench:retention                              all; goes on where it stopped (.cache/bench-retention-...)
 *   npm run bench:retention -- emoji-world ultraEdit     only these models and editors
 *
 * Writes bench/results/retention.json after each editor, and the tables of docs/editors.md after each model. A
 * point is judged by 200 pictures of each kind at most.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { PartialResults } from '../partial-results.js';
import { recordHead } from '../record.js';
import { writeTables } from '../tables.js';
import { retentionCurve } from './curve.js';
import { emojiWorld } from './emoji-world.js';
import { smollm2 } from './smollm2.js';
import type { RetentionSubject } from './subject.js';

/** Models whose curves are drawn; another one is another line here. */
const subjects: Readonly<Record<string, () => Promise<RetentionSubject>>> = { 'emoji-world': emojiWorld, smollm2 };

const command = 'npm run bench:retention';
const chosen = process.argv.slice(2);
const chosenModels = chosen.filter((name) => name in subjects);
const chosenEditors = chosen.filter((name) => !(name in subjects));

const file = new URL('../results/retention.json', import.meta.url);

/** What a report holds of one editor on one model. */
interface CurveRecord {
  readonly model: string;
  /** The subject's fingerprint. */
  readonly of: string;
  readonly name: string;
  /** By which command, when and where: editors are measured on different days. */
  readonly measured: ReturnType<typeof recordHead>;
  readonly [field: string]: unknown;
}

/** Curves of earlier runs, of this or other models and editors. */
function readCurves(): CurveRecord[] {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { editors: CurveRecord[] }).editors : [];
}

let curves = readCurves();
for (const [model, open] of Object.entries(subjects)) {
  if (chosenModels.length > 0 && !chosenModels.includes(model)) continue;
  const subject = await open();
  const { editors } = subject;
  const unknown = chosenEditors.find((name) => !(name in editors));
  if (unknown !== undefined) {
    throw new Error(`${model} has no editor '${unknown}'; there are ${Object.keys(editors).join(', ')}`);
  }
  curves = curves.filter((each) => each.model !== subject.name || each.of === subject.fingerprint);
  for (const name of chosenEditors.length > 0 ? chosenEditors : Object.keys(editors)) {
    const editor = editors[name]!;
    const key = JSON.stringify({ subject: subject.fingerprint, name, editor });
    const folder = `bench-retention-${createHash('sha256').update(key).digest('hex').slice(0, 12)}`;
    const curve = await retentionCurve(subject, name, editor, new PartialResults(folder));
    const { settings, objective } = editor;
    curves = curves.filter((each) => each.model !== subject.name || each.name !== name);
    curves.push({
      model: subject.name,
      of: subject.fingerprint,
      name,
      objective: objective.name,
      objectiveOptions: objective.options,
      settings,
      curve,
      measured: recordHead(command, chosen),
    });
    const report = { command, editors: curves };
    writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
    console.log(JSON.stringify(curve, null, 1));
  }
  await subject.dispose();
  writeTables();
}
