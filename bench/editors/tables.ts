import { percent, type Report, type Tables, table } from '../table.js';
import type { EditorEntry } from './summary.js';
import type { TurnTimes } from './turn.js';

const labels: Readonly<Record<string, string>> = {
  ultraEdit: 'UltraEdit',
  memit: 'MEMIT',
  pmet: 'PMET',
  rome: 'ROME',
  alphaEdit: 'AlphaEdit',
  fineTuning: 'fine-tuning',
  loraTuning: 'LoRA fine-tuning',
  ftL: 'FT-L',
  ftM: 'FT-M',
};

function entriesOf(report: Report, of: string): readonly EditorEntry[] {
  return (report.editors as readonly EditorEntry[]).filter(({ model }) => model === of);
}

function labelOf({ name, objective, objectiveOptions }: EditorEntry): readonly string[] {
  const { stopCosine, stopError } = objectiveOptions ?? {};
  const stop =
    stopCosine === undefined && stopError === undefined
      ? ''
      : `, until ${stopCosine === undefined ? `the velocity error < ${stopError}` : `1 - cos < ${stopCosine}`}`;
  return [labels[name] ?? name, `${objective}${stop}`];
}

function costOf({ secondsPerEdit, editBytes }: EditorEntry): readonly string[] {
  return [
    secondsPerEdit === undefined ? '-' : secondsPerEdit.toFixed(2),
    editBytes === undefined ? '-' : (editBytes / 1000).toFixed(0),
  ];
}

/** Of bench/results/editors.json. */
export const editorTables: Tables = {
  editorPictures: (report) =>
    table(
      [
        'editor',
        'objective',
        'facts',
        'answers',
        'new picture: edited phrasing',
        'held-out phrasings',
        'relations the image model never saw',
        'natural prompts of the same answers, unedited',
        'unrelated kept',
        'modality gap',
        'seconds an edit',
        'kB',
      ],
      entriesOf(report, 'emoji-world').map((entry) => [
        ...labelOf(entry),
        String(entry.facts),
        percent(entry.reliability),
        ...[entry.editedPicture, entry.heldOutPicture, entry.unseenPicture, entry.naturalPicture].map((rate) =>
          percent(rate ?? undefined),
        ),
        percent(entry.unrelatedKept ?? undefined),
        percent(entry.modalityGap ?? undefined),
        ...costOf(entry),
      ]),
    ),
  editorStates: (report) =>
    table(
      ['editor', 'objective', 'cosine to the new answer', 'to the old one', 'other answers kept'],
      entriesOf(report, 'emoji-world').map((entry) => [
        ...labelOf(entry),
        entry.toNewState?.toFixed(2) ?? '-',
        entry.toOldState?.toFixed(2) ?? '-',
        percent(entry.locality),
      ]),
    ),
  editorAnswers: (report) =>
    table(
      ['editor', 'objective', 'facts', 'answers', 'rephrased', 'unrelated kept', 'seconds an edit', 'kB'],
      entriesOf(report, 'smollm2').map((entry) => [
        ...labelOf(entry),
        String(entry.facts),
        ...[entry.reliability, entry.generalization, entry.locality].map(percent),
        ...costOf(entry),
      ]),
    ),
  ultraEditTurn: (report) =>
    table(
      [
        'model',
        'facts together',
        'tokens',
        'one turn, ms',
        'forward, loss, backward, ms',
        'ratio',
        'without the loss, ms',
        'ratio',
      ],
      (report.turns as readonly TurnTimes[]).map((times) => [
        times.model,
        String(times.requests),
        String(times.tokens),
        (times.turnSeconds * 1000).toFixed(1),
        (times.forwardLossBackwardSeconds * 1000).toFixed(1),
        times.ratioWithLoss.toFixed(2),
        (times.forwardBackwardSeconds * 1000).toFixed(1),
        times.ratio.toFixed(2),
      ]),
    ),
};
