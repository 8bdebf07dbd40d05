/**
 * What remains after many edits, one after the other or in one call: pictures of the new answers, facts that were not
 * edited, names, answers, and the time of an edit.
 *
 *   npm run bench:retention                  all editors; goes on where it stopped (.cache/bench-retention-...)
 *   npm run bench:retention -- ultraEdit     only these editors
 *
 * Writes bench/results/retention.json after each editor: curves of all that were measured so far. A point is judged by
 * 60 pictures of each kind at most.
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { PartialResults } from '../partial-results.js';
import { recordHead } from '../record.js';
import { retentionCurve } from './curve.js';
import { editors, objective } from './editors.js';
import { emojiWorld } from './emoji-world.js';
import type { RetentionSubject } from './subject.js';

/** Models whose curves are drawn; another one is another line here. */
const subjects: readonly (() => Promise<RetentionSubject>)[] = [emojiWorld];

const chosen = process.argv.slice(2);
const names = Object.keys(editors).filter((name) => chosen.length === 0 || chosen.includes(name));
const unknown = chosen.find((name) => !(name in editors));
if (unknown !== undefined) throw new Error(`no editor '${unknown}'; there are ${Object.keys(editors).join(', ')}`);

const curves: unknown[] = [];
for (const open of subjects) {
  const subject = await open();
  for (const name of names) {
    const editor = editors[name]!;
    const key = JSON.stringify({ subject: subject.fingerprint, name, editor, objective: objective.options });
    const folder = `bench-retention-${createHash('sha256').update(key).digest('hex').slice(0, 12)}`;
    const curve = await retentionCurve(subject, name, editor, new PartialResults(folder));
    const { settings } = editor;
    curves.push({ model: subject.name, name, objective: objective.name, settings, curve });
    const report = {
      ...recordHead(['npm run bench:retention', ...(chosen.length > 0 ? ['--', ...chosen] : [])].join(' ')),
      subject: JSON.parse(subject.fingerprint),
      editors: curves,
    };
    const file = new URL('../results/retention.json', import.meta.url);
    writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
    console.log(JSON.stringify(curve, null, 1));
  }
  await subject.dispose();
}
