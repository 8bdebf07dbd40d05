import { percent, type Report, type Tables, table } from '../table.js';
import type { RetentionRow } from './curve.js';

interface Curve {
  readonly name: string;
  readonly curve: readonly RetentionRow[];
}

const labels: Readonly<Record<string, string>> = {
  ultraEdit: 'UltraEdit, C over questions, keys of earlier edits',
  ultraEditJoint: 'UltraEdit, C over questions',
  ultraEditSingle: 'UltraEdit, settings of single edits',
  fineTuning: 'fine-tuning',
  memit: 'MEMIT, C over questions, keys of earlier edits',
  alphaEdit: 'AlphaEdit, keys of earlier edits',
};

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
      (report.editors as Curve[]).flatMap(({ name, curve }) =>
        curve.map((row) => [
          labels[name] ?? name,
          `${row.edits}, ${row.mode === 'joint' ? 'in one call' : 'one after the other'}`,
          percent(row.newPicture ?? undefined),
          percent(row.uneditedFacts ?? undefined),
          percent(row.names ?? undefined),
          percent(row.reliability),
          percent(row.locality),
          row.secondsPerEdit.toFixed(2),
        ]),
      ),
    ),
};
