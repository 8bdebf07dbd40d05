import type { EditObjective, Editor } from '@mokus/core';
import {
  answerObjective,
  conditioningObjective,
  fineTuning,
  presets,
  type SiteStatistics,
  ultraEdit,
} from '@mokus/editors';

export interface Configuration {
  readonly editor: Editor;
  readonly objective: EditObjective;
}

const { mu: _mu, nu: _nu, ...published } = presets.ultraEdit['emoji-world'];

/** What is compared: how an edit is made, given the second moments of the general corpus. */
export const configurations: Readonly<Record<string, (statistics: SiteStatistics) => Configuration>> = {
  /** Aligned editing: the conditioning objective with the protected ridge. */
  conditioning: (statistics) => ({
    editor: ultraEdit({ ...presets.ultraEdit['emoji-world'], statistics }),
    objective: conditioningObjective(),
  }),
  /** UltraEdit as published: one turn, no C, nothing protected; the step is the prototype's, at which one turn does most. */
  published: () => ({ editor: ultraEdit({ ...published, eta: 0.3, maxTurns: 1 }), objective: answerObjective() }),
  /** The published objective, no C, nothing protected; in turns until the answer is right (published: one turn). */
  answer: () => ({ editor: ultraEdit(published), objective: answerObjective() }),
  fineTuningAnswer: () => ({ editor: fineTuning(), objective: answerObjective() }),
  fineTuningConditioning: () => ({ editor: fineTuning(), objective: conditioningObjective() }),
};
