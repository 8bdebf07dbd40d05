import { join } from 'node:path';
import type { EditObjective, Editor, EditRequest } from '@mokus/core';
import {
  createKeyHistory,
  type KeyHistory,
  type KeyHistoryJson,
  type SiteStatistics,
  secondMoments,
} from '@mokus/editors';
import { AppliedEdits } from '../applied-edits.js';
import { mean } from '../averages.js';
import { editInSequence } from '../edit-chain.js';
import type { PartialResults } from '../partial-results.js';
import { secondMomentsCache } from '../second-moments-cache.js';
import type { EditorParts, RetentionEditor } from './retention-editor.js';
import type { Retained, RetentionSubject } from './subject.js';

export interface RetentionRow extends Retained {
  readonly edits: number;
  readonly mode: 'sequential' | 'joint';
  /** Sequential: the mean over the edits since the row before. */
  readonly secondsPerEdit: number;
}

type Statistics = Omit<EditorParts, 'history'>;

/** How one editor edits, and where what it made is kept. */
interface Chain {
  readonly name: string;
  readonly create: (history: KeyHistory) => Editor;
  readonly objective: EditObjective;
  /** Of one call that makes so many edits. */
  readonly requestsOf: (edits: number) => readonly EditRequest[];
  /** Sequential edits after which it is measured. */
  readonly counts: readonly number[];
  readonly partial: PartialResults;
}

/** The curve of one editor. Leaves the model as it was. */
export async function retentionCurve(
  subject: RetentionSubject,
  name: string,
  editor: RetentionEditor,
  partial: PartialResults,
): Promise<RetentionRow[]> {
  const statistics = await unedited(subject, editor);
  const create = (history: KeyHistory): Editor => editor.create({ ...statistics, history });
  const { objective, mostEdits = Number.POSITIVE_INFINITY, leastEdits = 0 } = editor;
  const counts = subject.sequentialCounts.filter((count) => count <= mostEdits);
  const requestsOf = (edits: number): readonly EditRequest[] => [
    ...subject.requests.slice(0, edits),
    ...(editor.rewords === true ? subject.reworded.slice(0, edits) : []),
    ...(editor.keeps === true ? subject.kept : []),
  ];
  const chain = { name, create, objective, requestsOf, counts, partial };
  if (editor.mode === 'sequential') return oneAfterTheOther(subject, chain);
  const rows: RetentionRow[] = [];
  for (const edits of subject.jointCounts.filter((count) => count >= leastEdits)) {
    rows.push(await partial.once(`${name}-joint-${edits}`, () => together(subject, chain, edits)));
  }
  return rows;
}

async function oneAfterTheOther(
  subject: RetentionSubject,
  { name, create, objective, counts, partial }: Chain,
): Promise<RetentionRow[]> {
  const { encoder, template, requests } = subject;
  const sequence = editInSequence({
    encoder,
    requests,
    marks: counts,
    path: join(partial.folder, name),
    options: { objective, template },
    open: (saved) => {
      const history = createKeyHistory((saved ?? {}) as KeyHistoryJson);
      return { editor: create(history), state: () => history };
    },
  });
  const rows: RetentionRow[] = [];
  let measured = 0;
  for await (const seconds of sequence) {
    const edits = seconds.length;
    const retained = await partial.once(`${name}-sequential-${edits}`, () => subject.measure(edits));
    rows.push({ edits, mode: 'sequential', ...retained, secondsPerEdit: mean(seconds.slice(measured)) });
    measured = edits;
  }
  return rows;
}

async function together(
  subject: RetentionSubject,
  { create, objective, requestsOf }: Chain,
  edits: number,
): Promise<RetentionRow> {
  const editor = create(createKeyHistory());
  const started = performance.now();
  const edit = await editor.edit(subject.encoder, requestsOf(edits), { objective, template: subject.template });
  const secondsPerEdit = (performance.now() - started) / 1000 / edits;
  const applied = new AppliedEdits(subject.encoder);
  applied.apply(edit);
  try {
    return { edits, mode: 'joint', ...(await subject.measure(edits)), secondsPerEdit };
  } finally {
    applied.revert();
  }
}

/** C over both corpora, of the unedited model. */
async function unedited(
  { encoder, corpora, template }: RetentionSubject,
  { sites, rows }: RetentionEditor,
): Promise<Statistics> {
  const of = (corpus: readonly string[]): Promise<SiteStatistics> =>
    secondMoments(encoder, corpus, { sites, rows, template, cache: secondMomentsCache });
  return { names: await of(corpora.names), questions: await of(corpora.questions) };
}
