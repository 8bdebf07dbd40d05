import {
  type Json,
  MokusError,
  type RawImage,
  type RunOptions,
  requireNumber,
  type TextToImagePipeline,
  throwIfCancelled,
} from '@mokus/core';
import { cellName } from '../compare/cell-name.js';
import { type CellStore, memoryCellStore } from '../compare/cell-store.js';
import { modelState } from '../compare/model-state.js';
import { drawRecord, jsonOf } from '../compare/settings.js';
import { type DrawSettings, drawPictures } from '../pictures/draw.js';
import type { ImageScorer, PictureVerdict } from '../pictures/image-scorer.js';
import type { WiseRecord } from './records.js';
import { type WiseScores, wiseScores } from './score.js';

export interface WisePlan extends DrawSettings {
  readonly records: readonly WiseRecord[];
  /** Judges the pictures: `visionJudge` with a vision language model, as the benchmark has it. */
  readonly scorer: ImageScorer;
  /** Every prompt is drawn from each. Default: [0]. */
  readonly seeds?: readonly number[] | undefined;
}

export interface WiseRunOptions extends RunOptions {
  /** Keeps pictures and verdicts, so that an interrupted run goes on where it stopped. Default: memory. */
  readonly store?: CellStore | undefined;
}

export interface WiseRow {
  readonly id: number;
  readonly category: WiseRecord['category'];
  readonly subcategory: string;
  readonly prompt: string;
  readonly seed: number;
  /** Binary WiScore. */
  readonly score: 0 | 1;
  readonly verdict: PictureVerdict;
  /** Name of the picture in the store. */
  readonly picture: string;
}

export interface WiseReport extends WiseScores {
  readonly format: 1;
  /** sha256 of base weights with the edits and adapters in place. */
  readonly model: string;
  readonly settings: {
    readonly seeds: readonly number[];
    readonly draw: Json;
    readonly scorer: { readonly name: string; readonly options: Json };
  };
  readonly rows: readonly WiseRow[];
}

/** What a judge is told besides prompt and explanation, after WISE_Verified's protocol. */
function questionOf(prompt: string): string {
  return (
    `It was drawn for the prompt ${JSON.stringify(prompt)}, which does not say all that should be seen; the target explains ` +
    'what it means. The picture matches only if it shows what the target asks for, with the right objects, states and ' +
    'relations, and is realistic and clear enough to tell. A plain style or composition does not count against it; ' +
    'following the words alone is not enough; if in serious doubt, it does not match.'
  );
}

interface Task {
  readonly record: WiseRecord;
  readonly seed: number;
  readonly name: string;
}

/**
 * The WISE benchmark of world knowledge (arXiv 2503.07265; not the editor of that name) in its verified form: each prompt
 * is drawn, with what is applied to the pipeline, and a judge who is told what the prompt means says whether the picture
 * shows it. Pictures are drawn and judged in batches of `batchSize`, reported as `evaluate` progress.
 *
 * With the same store, a run that was interrupted, even killed, goes on where it stopped: a picture that was drawn is not
 * drawn again when only its verdict is missing. Other edits, adapters, settings or another judge make other parts.
 *
 * Throws MokusError `input` (no records, no seeds, a `prompt_id` twice), `cancelled`, and what drawing, the scorer and the
 * store throw; verdicts of the same batch are kept then.
 */
export async function runWise(
  pipeline: TextToImagePipeline,
  plan: WisePlan,
  { store = memoryCellStore(), signal, onProgress }: WiseRunOptions = {},
): Promise<WiseReport> {
  const { records, scorer, seeds = [0], batchSize = 8, ...draw } = plan;
  requirePlan(records, seeds, batchSize);
  const model = await modelState(pipeline);
  const settings = {
    seeds,
    draw: drawRecord(pipeline, draw),
    scorer: { name: scorer.name, options: scorer.options },
  };
  const tasks: Task[] = [];
  for (const record of records) {
    for (const seed of seeds) {
      const { id, prompt } = record;
      // Who judges, and by which explanation, decides the verdict alone.
      const name = await cellName(['wise', String(id), String(seed)], { model, draw: settings.draw, prompt, seed });
      tasks.push({ record, seed, name });
    }
  }
  const rows: WiseRow[] = [];
  for (let start = 0; start < tasks.length; start += batchSize) {
    throwIfCancelled(signal, 'the WISE benchmark');
    const batch = tasks.slice(start, start + batchSize);
    const judged = await Promise.all(batch.map(async (task) => ({ task, cell: await verdictName(task, plan) })));
    const verdicts = await Promise.all(judged.map(({ cell }) => store.readCell(cell)));
    const missing = judged.filter((_, at) => verdicts[at] === undefined);
    const pictures = await drawMissing(
      pipeline,
      missing.map(({ task }) => task),
      { ...draw, batchSize },
      store,
      signal,
    );
    const fresh = await allKept(
      missing.map(async ({ task: { record }, cell }, at) => {
        const { prompt, explanation } = record;
        const question = { target: explanation, prompt, question: questionOf(prompt) };
        const verdict = jsonOf(await scorer.shows(pictures[at]!, question, { signal }));
        await store.writeCell(cell, verdict);
        return [cell, verdict] as const;
      }),
    );
    const added = new Map(fresh);
    for (const [at, { task, cell }] of judged.entries()) rows.push(rowOf(task, verdicts[at] ?? added.get(cell)!));
    onProgress?.({ kind: 'evaluate', done: rows.length, total: tasks.length });
  }
  const scores = wiseScores(rows.map((row) => ({ record: row, score: row.score })));
  return { format: 1, model, settings, ...scores, rows };
}

function requirePlan(records: readonly WiseRecord[], seeds: readonly number[], batchSize: number): void {
  requireNumber('runWise', 'batchSize', batchSize, { atLeast: 1, integer: true });
  const refuse = (field: string, why: string): never => {
    throw new MokusError('input', `runWise: ${field} ${why}`, { field });
  };
  if (records.length === 0) refuse('records', 'are none; give one at least');
  if (seeds.length === 0) refuse('seeds', 'are none; leave them out for [0]');
  const ids = records.map(({ id }) => id);
  const twice = ids.find((id, at) => ids.indexOf(id) !== at);
  if (twice !== undefined) refuse('records', `hold prompt_id ${twice} twice; leave one out`);
}

function verdictName({ record, seed, name }: Task, { scorer }: WisePlan): Promise<string> {
  const judge = { name: scorer.name, options: scorer.options, question: questionOf(record.prompt) };
  return cellName(['wise', String(record.id), String(seed), 'verdict'], [name, record.explanation, judge]);
}

/** The pictures of the tasks, from the store or drawn and kept, in order. */
async function drawMissing(
  pipeline: TextToImagePipeline,
  tasks: readonly Task[],
  settings: DrawSettings,
  store: CellStore,
  signal: AbortSignal | undefined,
): Promise<RawImage[]> {
  const pictures = new Map<Task, RawImage>();
  const undrawn: Task[] = [];
  for (const task of tasks) {
    const kept = await store.readPicture(task.name);
    if (kept === undefined) undrawn.push(task);
    else pictures.set(task, kept);
  }
  const orders = undrawn.map(({ record, seed }) => ({ prompt: record.prompt, seed }));
  const drawn = await drawPictures(pipeline, orders, settings, { signal });
  for (const [at, task] of undrawn.entries()) {
    await store.writePicture(task.name, drawn[at]!);
    pictures.set(task, drawn[at]!);
  }
  return tasks.map((task) => pictures.get(task)!);
}

/** Waits for all, so that none goes on after the first failure is thrown. */
async function allKept<Value>(promises: readonly Promise<Value>[]): Promise<Value[]> {
  const settled = await Promise.allSettled(promises);
  return settled.map((each) => {
    if (each.status === 'rejected') throw each.reason;
    return each.value;
  });
}

function rowOf({ record, seed, name }: Task, cell: Json): WiseRow {
  const { id, category, subcategory, prompt } = record;
  // Only runWise writes under the cell's name.
  const verdict = cell as unknown as PictureVerdict;
  return { id, category, subcategory, prompt, seed, score: verdict.holds ? 1 : 0, verdict, picture: name };
}
