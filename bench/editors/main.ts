/**
 * Editors x objectives, one fact at a time: what each does to answers, to pictures, to everything else, in which time.
 *
 *   npm run bench:editors                    the embedded model and SmolLM2; goes on where it stopped (.cache/bench-editors-...)
 *   npm run bench:editors -- emoji-world     this model only; the other's figures stay
 *   npm run bench:editors -- turns           the times of UltraEdit's turns only, for a quiet machine
 *
 * On 2 idle cores the embedded model takes a quarter of an hour, SmolLM2 half an hour (npm run test:smollm2 fetches it). Writes
 * bench/results/editors.json, the raw rows beside it, and the tables of docs/editors.md.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { PartialResults } from '../partial-results.js';
import { runProcess } from '../processes.js';
import { recordHead } from '../record.js';
import { writeTables } from '../tables.js';
import { naturalPictures, unseenCases } from './emoji-world.js';
import type { EditorsSubject } from './subject.js';
import { subjects } from './subjects.js';
import { type EditorEntry, entryOf } from './summary.js';
import type { TurnTimes } from './turn.js';
import type { MeasuredPart } from './worker.js';

/** With the command, the day and the machine: models and turns are measured on different days. */
type Measured<Entry> = Entry & { readonly measured: ReturnType<typeof recordHead> };

/** A raw row: one edit of one fact. */
interface EditorRow {
  readonly model: string;
  readonly [field: string]: unknown;
}

/** Processes of a model: SmolLM2's own threads keep the cores busy. */
const workersOf = (name: string): number => (name === 'smollm2' ? 1 : availableParallelism());

const command = 'npm run bench:editors';
const chosen = process.argv.slice(2);
const isTurnsOnly = chosen.includes('turns');
const unknown = chosen.find((name) => name !== 'turns' && !(name in subjects));
if (unknown !== undefined) throw new Error(`no model '${unknown}'; there are ${Object.keys(subjects).join(', ')}`);

const file = new URL('../results/editors.json', import.meta.url);
const rowsFile = new URL('../results/editors.rows.jsonl', import.meta.url);
const earlier = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
let entries: Measured<EditorEntry>[] = earlier.editors ?? [];
let turns: Measured<TurnTimes>[] = earlier.turns ?? [];
let rows: EditorRow[] = existsSync(rowsFile)
  ? readFileSync(rowsFile, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))
  : [];

for (const [name, open] of Object.entries(subjects)) {
  if (chosen.length > 0 && !isTurnsOnly && !chosen.includes(name)) continue;
  if (!isTurnsOnly) await measureEdits(name, open);
  // Last, when no other process of this benchmark runs.
  const times: TurnTimes[] = JSON.parse(await runProcess(new URL('./turn.ts', import.meta.url), [name]));
  turns = [...turns.filter(({ model }) => model !== name), ...times.map(measuredNow)];
  writeReport();
}

async function measureEdits(name: string, open: () => Promise<EditorsSubject>): Promise<void> {
  const subject = await open();
  const fingerprint = await fingerprintOf(subject);
  await subject.dispose();
  const partial = new PartialResults(`bench-editors-${name}-${fingerprint.slice(0, 12)}`);
  const natural = await partial.once('natural', async () => (name === 'emoji-world' ? naturalPictures() : {}));
  const parts = await measure(name, partial.folder);
  const answers = Object.fromEntries(
    subject.combinations.flatMap(({ cases }) => cases.map(({ id, request }) => [id, request.answer])),
  );
  const context = {
    model: name,
    answers,
    natural,
    unseenCases: name === 'emoji-world' ? unseenCases : new Set<string>(),
  };
  const measured = subject.combinations.map(({ combination }, at) => ({
    combination,
    cells: parts.flatMap((part) => part[at]!.cells),
  }));
  entries = [
    ...entries.filter(({ model }) => model !== name),
    ...measured.map(({ combination, cells }) => measuredNow(entryOf(combination, cells, context))),
  ];
  rows = [...rows.filter(({ model }) => model !== name), ...measured.flatMap((each) => rowsOf(name, each))];
  console.log(
    JSON.stringify(
      entries.filter(({ model }) => model === name),
      null,
      1,
    ),
  );
}

function measuredNow<Entry extends object>(entry: Entry): Measured<Entry> {
  return { ...entry, measured: recordHead(command, chosen) };
}

function writeReport(): void {
  const report = { command, editors: entries, turns };
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(rowsFile, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  writeTables();
}

function fingerprintOf({ model }: EditorsSubject): Promise<string> {
  return ('components' in model ? model.components.textEncoder : model).fingerprint();
}

/** Each process's share of every combination. */
async function measure(name: string, folder: string): Promise<readonly (readonly MeasuredPart[])[]> {
  const of = workersOf(name);
  const worker = new URL('./worker.ts', import.meta.url);
  return Promise.all(
    Array.from({ length: of }, async (_, index) =>
      JSON.parse(await runProcess(worker, [name, String(index), String(of), folder])),
    ),
  );
}

function rowsOf(model: string, { combination, cells }: MeasuredPart): EditorRow[] {
  return cells.map(({ case: id, error, made }) => ({
    model,
    ...combination,
    case: id,
    error,
    seconds: made?.seconds,
    editBytes: made?.editBytes,
    text: made && { ...made.text, contests: undefined },
    state: made?.state,
    pictures: made?.pictures.map(({ role, prompt, verdict }) => ({ role, prompt, ...verdict })),
  }));
}
