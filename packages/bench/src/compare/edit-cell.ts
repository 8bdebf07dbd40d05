import { deltaArrays, type Edit, type EditObjective } from '@mokus/core';
import type { EditCase } from '../data/edit-case.js';
import { naturalStates, stateCosines } from '../gap/state-drift.js';
import { velocityError } from '../gap/velocity-error.js';
import type { BenchRun } from './bench-run.js';
import type { EditCell, MadeEdit } from './comparison.js';
import { defaultShown, type EditorVariant } from './plan.js';

/** One case edited by one editor with one objective, judged alone; the model is left as it was. */
export async function runEditCell(
  run: BenchRun,
  variant: EditorVariant,
  objective: EditObjective,
  each: EditCase,
): Promise<EditCell> {
  const { plan } = run;
  const isShown = plan.cases.indexOf(each) < (plan.pictures?.shown ?? defaultShown);
  const baseline = run.baseline(each);
  const head = { editor: variant.name, objective: objective.name, case: each.id };
  const decides = [variant.name, variant.options, objective.name, objective.options, each, isShown];
  return run.cells.run([variant.name, objective.name, each.id], decides, async (name): Promise<EditCell> => {
    const { textEncoder, pipeline, signal } = run;
    const { template, naturalPrompt } = plan;
    const stateOptions = { template, naturalPrompt, signal };
    const natural = await naturalStates(textEncoder, each, stateOptions);
    const reference = await run.velocity(each);
    const measure = async () => ({
      state: await stateCosines(textEncoder, each, natural, stateOptions),
      error: pipeline && reference && (await velocityError(pipeline, each, reference, { signal })),
    });
    const before = await measure();
    const attempt = await run.attempt(variant.create, objective, [each.request]);
    if (attempt.edit === undefined) return { ...head, error: attempt.error };
    const { edit, seconds } = attempt;
    await run.edits.apply(edit);
    try {
      const after = await measure();
      const made: MadeEdit = {
        seconds,
        editBytes: editBytes(edit),
        options: edit.provenance.options,
        versions: edit.provenance.versions ?? {},
        text: await run.text(each, baseline),
        state: { before: before.state, after: after.state },
        velocityError:
          before.error === undefined || after.error === undefined
            ? undefined
            : { before: before.error, after: after.error },
        pictures: await run.pictures(each, baseline, isShown ? name : undefined),
      };
      return { ...head, made };
    } finally {
      run.edits.revert(edit);
    }
  });
}

/** What its deltas hold, in fp32. */
function editBytes({ sites }: Edit): number {
  const arrays = [...sites.values()].flatMap(deltaArrays);
  return arrays.reduce((sum, { byteLength }) => sum + byteLength, 0);
}
