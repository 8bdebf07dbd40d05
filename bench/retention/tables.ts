import { percent, type Report, type Tables, table } from '../table.js';
import type { RetentionRow } from './curve.js';

interface Curve {
  readonly model: string;
  readonly name: string;
  readonly curve: readonly RetentionRow[];
}

const labels: Readonly<Record<string, string>> = {
  ultraEdit: 'UltraEdit, C over questions, keys of earlier edits',
  ultraEditJoint: 'UltraEdit, C over questions',
  ultraEditKeeping: 'UltraEdit, C over questions, facts that stay among the requests, new ones in two phrasings',
  ultraEditSingle: 'UltraEdit, settings of single edits',
  fineTuning: 'fine-tuning',
  memit: 'MEMIT, C over questions, keys of earlier edits',
  alphaEdit: 'AlphaEdit, keys of earlier edits',
  pmet: 'PMET, C over questions, keys of earlier edits',
  rome: 'ROME, C over questions, keys of earlier edits',
  loraTuning: 'LoRA fine-tuning',
  ftM: 'FT-M',
  ftL: 'FT-L',
};

function rowsOf(report: Report, of: string): { readonly name: string; readonly row: RetentionRow }[] {
  // A report has editors in the order in which they were measured last.
  const order = Object.keys(labels);
  const curves = (report.editors as Curve[])
    .filter(({ model }) => model === of)
    .sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  return curves.flatMap(({ name, curve }) => curve.map((row) => ({ name: labels[name] ?? name, row })));
}

function countOf({ edits, mode }: RetentionRow): string {
  return `${edits}, ${mode === 'joint' ? 'in one call' : 'one after the other'}`;
}

/** Of bench/results/retention.json. */
export const retentionTables: Tables = {
  retention: (report: Report) =>
    table(
      [
        'editor',
        'edits',
        'new picture, held-out phrasings',
        'unedited facts right',
        'names right',
        'answers',
        'other answers kept',
        'seconds an edit',
      ],
      rowsOf(report, 'emoji-world').map(({ name, row }) => [
        name,
        countOf(row),
        percent(row.newPicture ?? undefined),
        percent(row.uneditedFacts ?? undefined),
        percent(row.names ?? undefined),
        percent(row.reliability),
        percent(row.locality),
        row.secondsPerEdit.toFixed(2),
      ]),
    ),
  retentionAnswers: (report: Report) =>
    table(
      ['editor', 'edits', 'answers', 'unrelated kept', 'seconds an edit'],
      rowsOf(report, 'smollm2').map(({ name, row }) => [
        name,
        countOf(row),
        percent(row.reliability),
        percent(row.locality),
        row.secondsPerEdit.toFixed(2),
      ]),
    ),
};
