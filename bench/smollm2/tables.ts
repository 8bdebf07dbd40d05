import { percent, type Tables, table } from '../table.js';
import type { EditRates } from './pytorch.js';
import type { SequentialRow } from './sequential.js';

const rates = ({ reliability, generalization, locality }: EditRates): string[] =>
  [reliability, generalization, locality].map(percent);

/** An editor of Mokus beside its PyTorch implementation, as the report has them. */
function besidePytorch(editor: unknown): string {
  const ours = editor as EditRates & { readonly pytorch: EditRates; readonly pytorchSecondsPerEdit: number };
  return table(
    ['implementation', 'reliability', 'generalization', 'locality', 'seconds an edit'],
    [
      ['Mokus', ...rates(ours), ours.secondsPerEdit.toFixed(2)],
      ['PyTorch, independent', ...rates(ours.pytorch), ours.pytorchSecondsPerEdit.toFixed(2)],
    ],
  );
}

/** Tables of bench/results/smollm2.json. */
export const smollm2Tables: Tables = {
  ultraEdit: ({ ultraedit }) => besidePytorch(ultraedit),
  memitBesidePytorch: ({ memit }) => besidePytorch(memit),
  sequential: ({ sequential }) =>
    table(
      ['edits, one after the other', 'reliability after all', 'locality after all', 'seconds an edit'],
      (sequential as readonly SequentialRow[]).map(({ edits, reliability, locality, secondsPerEdit }) => [
        String(edits),
        percent(reliability),
        percent(locality),
        secondsPerEdit.toFixed(2),
      ]),
    ),
  smollm2Parity: ({ logitsMaxAbsDiff, greedyEqual, knownAnswers }) =>
    table(
      ['what', 'measured'],
      [
        ['largest difference of a logit to transformers', (logitsMaxAbsDiff as number).toExponential(1)],
        ['greedy continuations equal, of 50', String(greedyEqual)],
        ['old answers that the model knew, of the first 200 cases', String(knownAnswers)],
      ],
    ),
};
