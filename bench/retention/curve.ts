import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadEdit, saveEdit } from '@mokus/checkpoint/node';
import type { EditObjective, Editor } from '@mokus/core';
import {
  createKeyHistory,
  type KeyHistory,
  type KeyHistoryJson,
  type SiteStatistics,
  secondMoments,
} from '@mokus/editors';
import { mean } from '../averages.js';
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
  /** Sequential edits after which it is measured. */
  readonly counts: readonly number[];
  readonly partial: PartialResults;
}

/** One edit of a chain, kept so that a run that was killed goes on from it. */
interface Link {
  readonly seconds: number;
  /** A fact that is answered already needs no change. */
  readonly changed: boolean;
}

/**
 * The editor's state along a chain. It grows with the edits, so on disk it is kept of the last two alone: a run that is
 * killed has finished the last edit or not.
 */
class KeptHistory {
  #history: KeyHistory | undefined;

  constructor(private readonly path: string) {}

  /** As it is after so many edits; read back where an earlier run made them. */
  after(edits: number): KeyHistory {
    const saved = edits === 0 ? {} : (JSON.parse(readFileSync(this.#file(edits), 'utf8')) as KeyHistoryJson);
    this.#history = createKeyHistory(saved);
    return this.#history;
  }

  /** Before the edit itself is said to be finished. */
  keep(edits: number): void {
    const file = this.#file(edits);
    writeFileSync(`${file}.part`, JSON.stringify(this.#history));
    renameSync(`${file}.part`, file);
    rmSync(this.#file(edits - 2), { force: true });
  }

  #file(edits: number): string {
    return `${this.path}-history-${edits}.json`;
  }
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
  const { objective, mostEdits = Number.POSITIVE_INFINITY } = editor;
  const counts = subject.sequentialCounts.filter((count) => count <= mostEdits);
  const chain = { name, create, objective, counts, partial };
  if (editor.mode === 'sequential') return oneAfterTheOther(subject, chain);
  const rows: RetentionRow[] = [];
  for (const edits of subject.jointCounts) {
    rows.push(await partial.once(`${name}-joint-${edits}`, () => together(subject, chain, edits)));
  }
  return rows;
}

async function oneAfterTheOther(
  subject: RetentionSubject,
  { name, create, objective, counts, partial }: Chain,
): Promise<RetentionRow[]> {
  const { template } = subject;
  const rows: RetentionRow[] = [];
  const history = new KeptHistory(join(partial.folder, name));
  let editor: Editor | undefined;
  let seconds: number[] = [];
  try {
    for (const [at, request] of subject.requests.slice(0, Math.max(...counts)).entries()) {
      const file = join(partial.folder, `${name}-${at}`);
      let link = readLink(`${file}.json`);
      if (link === undefined) {
        editor ??= create(history.after(at));
        const started = performance.now();
        const edit = await editor.edit(subject.encoder, [request], { objective, template });
        const changed = edit.sites.size > 0;
        const spent = (performance.now() - started) / 1000;
        if (changed) await saveEdit(`${file}.safetensors`, edit);
        history.keep(at + 1);
        link = await partial.once(`${name}-${at}`, async () => ({ seconds: spent, changed }));
      }
      if (link.changed) {
        await subject.apply(await loadEdit(`${file}.safetensors`));
      }
      seconds.push(link.seconds);
      const edits = at + 1;
      if (!counts.includes(edits)) continue;
      const retained = await partial.once(`${name}-sequential-${edits}`, () => subject.measure(edits));
      rows.push({ edits, mode: 'sequential', ...retained, secondsPerEdit: mean(seconds) });
      seconds = [];
    }
    return rows;
  } finally {
    await subject.revert();
  }
}

async function together(subject: RetentionSubject, { create, objective }: Chain, edits: number): Promise<RetentionRow> {
  const editor = create(createKeyHistory());
  const started = performance.now();
  const edit = await editor.edit(subject.encoder, subject.requests.slice(0, edits), {
    objective,
    template: subject.template,
  });
  const secondsPerEdit = (performance.now() - started) / 1000 / edits;
  await subject.apply(edit);
  try {
    return { edits, mode: 'joint', ...(await subject.measure(edits)), secondsPerEdit };
  } finally {
    await subject.revert();
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

function readLink(file: string): Link | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Link) : undefined;
}
