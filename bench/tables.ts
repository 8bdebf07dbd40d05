import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { backendTables } from './backends/tables.js';
import { editorTables } from './editors/tables.js';
import { knowCusTables } from './knowcus/tables.js';
import { memoryTables } from './memory/tables.js';
import { retentionTables } from './retention/tables.js';
import { smollm2Tables } from './smollm2/tables.js';
import { percent, type Report, type Tables, table } from './table.js';

/** Documents with places for tables, between `<!-- table:NAME -->` and `<!-- /table -->`. */
export const documents: readonly string[] = [
  '../README.md',
  '../docs/editors.md',
  '../docs/guide/performance.md',
  '../docs/knowcus.md',
  '../docs/smollm2.md',
  '../packages/backend-webgpu/README.md',
  '../packages/emoji-world/README.md',
  '../packages/emoji-world/data/README.md',
];

type Rates = Record<string, number>;

const methods: readonly [name: string, label: string][] = [
  ['conditioning', 'UltraEdit, conditioning objective, protected ridge'],
  ['published', 'UltraEdit as published: answer objective, one turn'],
  ['answer', 'UltraEdit, answer objective (the published one, here in turns)'],
  ['fineTuningConditioning', 'fine-tuning, conditioning objective'],
  ['fineTuningAnswer', 'fine-tuning, answer objective'],
];

/** What an unedited model draws right. */
function naturalTable(report: Report): string {
  const natural = report.natural as Rates;
  return table(
    ['unedited model, pictures right', 'rate'],
    [
      ['names of one token', percent(natural.names)],
      ['names of several tokens', percent(natural.longNames)],
      ['facts, held-out phrasings', percent(natural.picture)],
      ['facts of relations the image model never saw', percent(natural.unseenPicture)],
      ['scene', percent(natural.scene)],
    ],
  );
}

const transferTables: Tables = {
  transfer: (report) =>
    table(
      [
        'editor, objective',
        'new picture: edited phrasing',
        'held-out phrasings',
        'relations the image model never saw',
        'unrelated kept',
        'of the same relation',
        'answer changed',
      ],
      methods.flatMap(([name, label]) => {
        const rates = report[name] as Rates | undefined;
        if (rates === undefined) return [];
        const fields = [
          'editedPicture',
          'heldOutPicture',
          'unseenPicture',
          'unrelatedKept',
          'sameRelationKept',
          'answerChanged',
        ];
        return [[label, ...fields.map((field) => percent(rates[field]))]];
      }),
    ),
  joint: (report) =>
    table(
      ['facts edited in one call', 'new picture, held-out phrasings', 'unedited facts right', 'names right', 'seconds'],
      (report.joint as Rates[]).map((row) => [
        String(row.edits),
        percent(row.newPicture),
        percent(row.uneditedFacts),
        percent(row.names),
        (row.editSeconds as number).toFixed(1),
      ]),
    ),
  natural: naturalTable,
  times: (report) =>
    table(
      ['what', 'measured'],
      [
        ['one edit, warm (median)', `${(report.editMs as number).toFixed(0)} ms`],
        ['the first edit', `${(report.firstEditMs as number).toFixed(0)} ms`],
        ['a 64 x 64 picture, 16 steps (median)', `${(report.pictureMs as number).toFixed(0)} ms`],
        ['loading the pipeline', `${(report.loadMs as number).toFixed(0)} ms`],
        ['the demo, once installed', `${((report.demoMs as number) / 1000).toFixed(0)} s`],
        ['highest resident memory', `${(report.rssMb as number).toFixed(0)} MB`],
      ],
    ),
};

/** Which tables each report in bench/results makes. */
const tablesOf: Readonly<Record<string, Tables>> = {
  transfer: transferTables,
  mixed: { mixed: naturalTable },
  smollm2: smollm2Tables,
  knowcus: knowCusTables,
  retention: retentionTables,
  editors: editorTables,
  memory: memoryTables,
  backends: backendTables,
};

/** The document with every table made anew from the reports, by name; those of a report that is not there stay. */
export function withTables(document: string, reports: Readonly<Record<string, Report>>): string {
  return document.replace(/<!-- table:(\w+) -->[\s\S]*?<!-- \/table -->/g, (whole, name: string) => {
    for (const [report, tables] of Object.entries(tablesOf)) {
      const [make, content] = [tables[name], reports[report]];
      if (make !== undefined && content !== undefined)
        return `<!-- table:${name} -->\n${make(content)}\n<!-- /table -->`;
    }
    return whole;
  });
}

/** The reports of bench/results that tables are made of. */
export function readReports(): Readonly<Record<string, Report>> {
  const files = Object.keys(tablesOf).map(
    (name) => [name, new URL(`./results/${name}.json`, import.meta.url)] as const,
  );
  return Object.fromEntries(
    files
      .filter(([, file]) => existsSync(file))
      .map(([name, file]) => [name, JSON.parse(readFileSync(file, 'utf8')) as Report]),
  );
}

/** Rewrites the tables of all documents from bench/results. */
export function writeTables(): void {
  const reports = readReports();
  for (const name of documents) {
    const file = fileURLToPath(new URL(name, import.meta.url));
    writeFileSync(file, withTables(readFileSync(file, 'utf8'), reports));
  }
}
