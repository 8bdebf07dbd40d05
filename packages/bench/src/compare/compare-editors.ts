import { MokusError, type RunOptions, requireKnown, type TextEncoder, type TextToImagePipeline } from '@mokus/core';
import { versions as ownVersions } from '../version.js';
import { BenchRun } from './bench-run.js';
import { type CellStore, memoryCellStore } from './cell-store.js';
import { checkPlan } from './check-plan.js';
import type { Comparison, EditCell, RetentionCell } from './comparison.js';
import { runEditCell } from './edit-cell.js';
import { deltasState } from './model-state.js';
import type { ComparePlan } from './plan.js';
import { runRetention } from './retention.js';
import { jsonOf, settingsOf } from './settings.js';
import { summarise } from './summary.js';

export interface CompareOptions extends RunOptions {
  /** Keeps every finished part, so that an interrupted comparison goes on where it stopped. Default: memory. */
  readonly store?: CellStore | undefined;
  /** Of what runs around it, for the record: the runtime, the backend. */
  readonly versions?: Readonly<Record<string, string>> | undefined;
}

/**
 * Compares editors x objectives x cases x their prompts x seeds: what each does to answers, to pictures, to everything
 * else, in which time. Each case is edited alone, measured and reverted; with `retention`, many are edited and everything
 * is measured once after all. An edit that an editor refuses is counted, and does not end the comparison; a device that
 * fails does. Reports `compare` progress for each part, and the editors' own.
 *
 * With the same store, a run that was interrupted, even killed, goes on where it stopped: parts that it finished are read
 * back. A part is found again by its editor, options, objective, case, settings and model, with the adapters that act.
 *
 * Throws MokusError `input` (a plan that makes no sense, an option that is unknown, a model with edits on it), `cancelled`, and what the device, drawing,
 * a scorer or the store throws. The model is left as it was.
 */
export async function compareEditors(
  model: TextToImagePipeline | TextEncoder,
  plan: ComparePlan,
  options: CompareOptions = {},
): Promise<Comparison> {
  requireKnown('compareEditors', options, { store: 0, versions: 0, signal: 0, onProgress: 0 });
  const { store = memoryCellStore(), versions = {}, ...runOptions } = options;
  checkPlan(plan, model);
  const textEncoder = 'components' in model ? model.components.textEncoder : model;
  if (textEncoder.deltas().length > 0) {
    throw new MokusError('input', 'compareEditors: the text encoder has edits on it; revert them first', {
      field: 'model',
    });
  }
  const fingerprint = await textEncoder.fingerprint();
  const adapters = 'components' in model ? await deltasState(model.components.dit) : undefined;
  const run = new BenchRun(model, plan, { fingerprint, adapters }, store, partsOf(plan), runOptions);
  const { editors, objectives, cases } = plan;

  const baselines = [];
  for (const each of cases) baselines.push(await run.measureBaseline(each));
  const variants = editors.flatMap((editor) => objectives.map((objective) => ({ editor, objective })));
  const cells: EditCell[] = [];
  const retention: RetentionCell[] = [];
  for (const { editor, objective } of variants) {
    if (plan.oneByOne !== false) {
      for (const each of cases) cells.push(await runEditCell(run, editor, objective, each));
    }
    for (const mode of plan.retention?.modes ?? ['sequential']) {
      if (plan.retention === undefined) continue;
      retention.push(...(await runRetention(run, editor, objective, mode, plan.retention)));
    }
  }
  const { architecture, hiddenSize, layers } = textEncoder.info;
  const ofEdits = cells.map(({ made }) => made?.versions ?? {});
  return {
    format: 1,
    model: { architecture, fingerprint, hiddenSize, layers, imageModel: plan.pictures?.model },
    versions: Object.assign({}, ...ofEdits, ownVersions, versions),
    settings: settingsOf(plan, run.pipeline),
    editors: editors.map(({ name, options: own }) => ({ name, options: jsonOf(own ?? {}) })),
    objectives: objectives.map(({ name, options: own }) => ({ name, options: own })),
    cases: cases.map(({ id, request: { question, answer }, oldAnswer }) => ({ id, question, answer, oldAnswer })),
    summary:
      plan.oneByOne === false
        ? []
        : variants.map(({ editor, objective }) => {
            const own = cells.filter((cell) => cell.editor === editor.name && cell.objective === objective.name);
            return summarise(editor.name, objective.name, own);
          }),
    retention,
    baselines: baselines.map(({ case: id, text, pictures }) => ({ case: id, text, pictures })),
    cells,
  };
}

/** How many parts the comparison has, for progress. */
function partsOf({ editors, objectives, cases, oneByOne, retention }: ComparePlan): number {
  const alone = oneByOne === false ? 0 : cases.length;
  const together = retention === undefined ? 0 : retention.counts.length * (retention.modes ?? ['sequential']).length;
  return cases.length + editors.length * objectives.length * (alone + together);
}
