import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Documents with places for tables, between `<!-- table:NAME -->` and `<!-- /table -->`. */
const documents = ['../README.md', '../packages/emoji-world/README.md', '../packages/emoji-world/data/README.md'];

type Report = Record<string, unknown>;
type Rates = Record<string, number>;

function percent(value: number | undefined): string {
  return value === undefined || Number.isNaN(value) ? '-' : `${(value * 100).toFixed(1)} %`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const methods: readonly [name: string, label: string][] = [
  ['conditioning', 'UltraEdit, conditioning objective, protected ridge'],
  ['published', 'UltraEdit as published: answer objective, one turn'],
  ['answer', 'UltraEdit, answer objective (the published one, here in turns)'],
  ['fineTuningConditioning', 'fine-tuning, conditioning objective'],
  ['fineTuningAnswer', 'fine-tuning, answer objective'],
];

const tables: Readonly<Record<string, (report: Report) => string>> = {
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
  natural: (report) => {
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
  },
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

/** The document with every table made anew from the report. */
export function withTables(document: string, report: Report): string {
  return document.replace(/<!-- table:(\w+) -->[\s\S]*?<!-- \/table -->/g, (whole, name: string) => {
    const make = tables[name];
    return make === undefined ? whole : `<!-- table:${name} -->\n${make(report)}\n<!-- /table -->`;
  });
}

/** Rewrites the tables of all documents from bench/results/transfer.json. */
export function writeTables(): void {
  const report = JSON.parse(readFileSync(new URL('./results/transfer.json', import.meta.url), 'utf8')) as Report;
  for (const name of documents) {
    const file = fileURLToPath(new URL(name, import.meta.url));
    writeFileSync(file, withTables(readFileSync(file, 'utf8'), report));
  }
}
