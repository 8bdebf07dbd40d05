import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderStore, loadEdit, saveEdit } from '@mokus/checkpoint/node';
import type { Edit, EditObjective, Editor } from '@mokus/core';
import {
  createKeyHistory,
  type KeyHistory,
  type KeyHistoryJson,
  type SiteStatistics,
  secondMoments,
} from '@mokus/editors';
import type { PartialResults } from '../partial-results.js';
import type { EditorParts, RetentionEditor } from './editors.js';
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
  readonly partial: PartialResults;
}

/** One edit of a chain, kept so that a run that was killed goes on from it. */
interface Link {
  readonly seconds: number;
  /** A fact that is answered already needs no change. */
  readonly changed: boolean;
  /** The editor's state after it. */
  readonly history: KeyHistoryJson;
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
  const chain = { name, create, objective: editor.objective, partial };
  if (editor.mode === 'sequential') return oneAfterTheOther(subject, chain);
  const rows: RetentionRow[] = [];
  for (const edits of subject.jointCounts) {
    rows.push(await partial.once(`${name}-joint-${edits}`, () => together(subject, chain, edits)));
  }
  return rows;
}

async function oneAfterTheOther(
  subject: RetentionSubject,
  { name, create, objective, partial }: Chain,
): Promise<RetentionRow[]> {
  const applied: Edit[] = [];
  const rows: RetentionRow[] = [];
  let history = createKeyHistory();
  let editor: Editor | undefined;
  let seconds: number[] = [];
  try {
    for (const [at, request] of subject.requests.slice(0, Math.max(...subject.sequentialCounts)).entries()) {
      const file = join(partial.folder, `${name}-${at}`);
      let link = readLink(`${file}.json`);
      if (link === undefined) {
        editor ??= create(history);
        const started = performance.now();
        const edit = await editor.edit(subject.encoder, [request], { objective });
        const changed = edit.sites.size > 0;
        const spent = (performance.now() - started) / 1000;
        if (changed) await saveEdit(`${file}.safetensors`, edit);
        link = await partial.once(`${name}-${at}`, async () => ({
          seconds: spent,
          changed,
          history: history.toJSON(),
        }));
      } else {
        history = createKeyHistory(link.history);
      }
      if (link.changed) {
        const edit = await loadEdit(`${file}.safetensors`);
        await subject.apply(edit);
        applied.push(edit);
      }
      seconds.push(link.seconds);
      const edits = at + 1;
      if (!subject.sequentialCounts.includes(edits)) continue;
      const retained = await partial.once(`${name}-sequential-${edits}`, () => subject.measure(edits));
      rows.push({ edits, mode: 'sequential', ...retained, secondsPerEdit: mean(seconds) });
      seconds = [];
    }
    return rows;
  } finally {
    for (const edit of applied.toReversed()) await subject.revert(edit);
  }
}

async function together(subject: RetentionSubject, { create, objective }: Chain, edits: number): Promise<RetentionRow> {
  const editor = create(createKeyHistory());
  const started = performance.now();
  const edit = await editor.edit(subject.encoder, subject.requests.slice(0, edits), { objective });
  const secondsPerEdit = (performance.now() - started) / 1000 / edits;
  await subject.apply(edit);
  try {
    return { edits, mode: 'joint', ...(await subject.measure(edits)), secondsPerEdit };
  } finally {
    await subject.revert(edit);
  }
}

/** C over both corpora, of the unedited model. */
async function unedited({ encoder, corpora }: RetentionSubject, { sites }: RetentionEditor): Promise<Statistics> {
  const cache = folderStore(new URL('../../.cache/second-moments/', import.meta.url));
  const of = (corpus: readonly string[]): Promise<SiteStatistics> => secondMoments(encoder, corpus, { sites, cache });
  return { names: await of(corpora.names), questions: await of(corpora.questions) };
}

function readLink(file: string): Link | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Link) : undefined;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
