import type { EditObjective, EditOptions, Editor, EditRequest, TextEncoder } from '@mokus/core';
import { answerObjective } from '@mokus/editors';
import { StepClock, type StepTime } from './step-times.js';

/** Never satisfied, so an editor makes every turn that it is given. */
export const unsatisfied: EditObjective = answerObjective({ stopLoss: 0 });

/** The turns of one edit, each from one evaluation of the objective to the next: capture, solve, changed weights, evaluation. */
export async function timedTurns(
  encoder: TextEncoder,
  editor: Editor,
  requests: readonly EditRequest[],
  options: Pick<EditOptions, 'template'> = {},
): Promise<readonly StepTime[]> {
  const clock = new StepClock();
  await editor.edit(encoder, requests, {
    ...options,
    objective: unsatisfied,
    onProgress: ({ kind }) => {
      if (kind === 'edit') clock.mark();
    },
  });
  return clock.steps;
}
