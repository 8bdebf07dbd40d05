import { type Edit, type EditObjective, type Json, MokusError } from '@mokus/core';
import type { EditCase } from '../data/edit-case.js';
import type { PictureOutcome } from '../pictures/measure-pictures.js';
import { mean } from '../text/score-answers.js';
import type { Attempt, BenchRun } from './bench-run.js';
import type { CellError, RetentionCell } from './comparison.js';
import {
  defaultPictureCases,
  type EditorVariant,
  type RetentionMode,
  type RetentionPlan,
  type VariantEditor,
} from './plan.js';
import { jsonOf } from './settings.js';
import { ratesOf } from './summary.js';

/** What an edit of a chain came to; the edit itself is in the store under the same name. */
interface Link {
  readonly seconds?: number | undefined;
  readonly error?: CellError | undefined;
  /** What the editor carries after it, where it saves that: in one part with the rest, which is written whole or not at all. */
  readonly state?: Json | undefined;
}

/** Everything measured once, after the first 1, 10, 100 ... cases were edited; the model is left as it was. */
export async function runRetention(
  run: BenchRun,
  variant: EditorVariant,
  objective: EditObjective,
  mode: RetentionMode,
  plan: RetentionPlan,
): Promise<RetentionCell[]> {
  const chain = new Chain(run, variant, objective, mode, plan);
  const cells: RetentionCell[] = [];
  try {
    for (const [at, count] of plan.counts.entries()) cells.push(await chain.measure(count, plan.counts[at - 1] ?? 0));
    return cells;
  } finally {
    chain.revert();
  }
}

/** Edits that stay on the model while others are added. */
class Chain {
  readonly #applied: Edit[] = [];
  readonly #links: Link[] = [];
  #editor: VariantEditor | undefined;
  /** Of the last link that was read back. */
  #saved: Json | undefined;

  constructor(
    private readonly run: BenchRun,
    private readonly variant: EditorVariant,
    private readonly objective: EditObjective,
    private readonly mode: RetentionMode,
    private readonly plan: RetentionPlan,
  ) {}

  async measure(count: number, previous: number): Promise<RetentionCell> {
    const { run, mode, variant, objective } = this;
    const words = [variant.name, objective.name, mode, String(count)];
    const { pictureCases = defaultPictureCases } = this.plan;
    return run.cells.run(words, [...this.#decides(count), mode, pictureCases], async () => {
      const cases = run.plan.cases.slice(0, count);
      const drawn = evenly(cases, pictureCases);
      const links = mode === 'joint' ? [await this.#editTogether(cases)] : await this.#extendTo(count);
      const texts = [];
      const pictures: PictureOutcome[] = [];
      for (const each of cases) {
        const baseline = run.baseline(each);
        texts.push(await run.text(each, baseline));
        if (drawn.includes(each)) pictures.push(...(await run.pictures(each, baseline, undefined)));
      }
      const since = mode === 'joint' ? links : links.slice(previous);
      const seconds = mean(since.flatMap((link) => link.seconds ?? []));
      return {
        editor: variant.name,
        objective: objective.name,
        mode,
        edits: count,
        failed: links.filter(({ error }) => error !== undefined).length * (mode === 'joint' ? count : 1),
        error: links.find(({ error }) => error !== undefined)?.error,
        secondsPerEdit: seconds === undefined || mode === 'sequential' ? seconds : seconds / count,
        rates: ratesOf(texts, pictures),
      };
    });
  }

  revert(): void {
    for (const edit of this.#applied.toReversed()) this.run.edits.revert(edit);
    this.#applied.length = 0;
  }

  /** All in one call, on the unedited model. */
  async #editTogether(cases: readonly EditCase[]): Promise<Link> {
    this.revert();
    const attempt = await this.run.attempt(
      this.variant.create,
      this.objective,
      cases.map(({ request }) => request),
    );
    await this.#apply(attempt);
    return { seconds: attempt.edit && attempt.seconds, error: attempt.error };
  }

  /** One after the other; those that an interrupted run made are read back. */
  async #extendTo(count: number): Promise<readonly Link[]> {
    while (this.#links.length < count) this.#links.push(await this.#next());
    return this.#links.slice(0, count);
  }

  async #next(): Promise<Link> {
    const { run, variant, objective } = this;
    const at = this.#links.length;
    const name = await run.cells.name(['chain', variant.name, objective.name, String(at)], this.#decides(at + 1));
    // An editor that is at work has not seen what others made after it.
    const kept = this.#editor === undefined ? await this.#restore(name) : undefined;
    if (kept !== undefined) return kept;
    const attempt = await run.attempt(() => this.#made(), objective, [run.plan.cases[at]!.request]);
    await this.#apply(attempt);
    const link = { seconds: attempt.edit && attempt.seconds, error: attempt.error };
    const state = this.#editor?.save?.();
    if (!variant.stateful || state !== undefined) {
      if (attempt.edit !== undefined) await run.store.writeEdit(name, attempt.edit);
      await run.store.writeCell(name, jsonOf({ ...link, state }));
    }
    return link;
  }

  /** The chain's editor, made on the unedited model even where edits of an interrupted run are read back before it. */
  async #made(): Promise<VariantEditor> {
    if (this.#editor !== undefined) return this.#editor;
    const applied = [...this.#applied];
    this.revert();
    try {
      this.#editor = await this.#create();
    } finally {
      for (const edit of applied) await this.#push(edit);
    }
    return this.#editor;
  }

  async #create(): Promise<VariantEditor> {
    const saved = this.#saved;
    if (saved === undefined) return this.variant.create();
    try {
      return await this.variant.create(saved);
    } catch (cause) {
      // Of the store, and so none that an editor would give again of itself.
      if (!MokusError.isInstance(cause) || cause.code !== 'input') throw cause;
      const message = `the state of ${this.variant.name} that a finished part keeps is refused (${cause.message}); start with an empty store`;
      throw new MokusError('checkpoint', message, { cause });
    }
  }

  async #restore(name: string): Promise<Link | undefined> {
    const kept = (await this.run.store.readCell(name)) as Link | undefined;
    if (kept === undefined || (this.variant.stateful && kept.state === undefined)) return undefined;
    const { state, ...link } = kept;
    const edit = await this.run.store.readEdit(name);
    if (edit === undefined && link.error === undefined) return undefined;
    if (edit !== undefined) await this.#push(edit);
    this.#saved = state;
    return link;
  }

  async #apply({ edit }: Attempt): Promise<void> {
    if (edit !== undefined) await this.#push(edit);
  }

  async #push(edit: Edit): Promise<void> {
    await this.run.edits.apply(edit);
    this.#applied.push(edit);
  }

  #decides(count: number): unknown[] {
    const { variant, objective, run } = this;
    const cases = run.plan.cases.slice(0, count);
    return [variant.name, variant.options, objective.name, objective.options, cases];
  }
}

/** At most `count` of them, evenly chosen, the first among them. */
function evenly<Item>(items: readonly Item[], count: number): Item[] {
  if (items.length <= count) return [...items];
  return Array.from({ length: count }, (_, at) => items[Math.floor((at * items.length) / count)]!);
}
