import type { Edit, EditRequest, PromptTemplate } from './edit.js';
import { type EditObjective, requireObjective } from './objective.js';
import { requireKnown } from './option-checks.js';
import type { RunOptions } from './progress.js';
import { requireTemplate } from './prompt-template.js';
import type { TextEncoder } from './text-encoder.js';

export interface EditOptions extends RunOptions {
  /** Default: the editor's own. */
  readonly objective?: EditObjective | undefined;
  /** Which template the questions are put in. Default: 'pipeline', the one that pictures are drawn with. */
  readonly template?: PromptTemplate | undefined;
}

/**
 * What `edit` of every editor begins with. Throws MokusError `input` naming an option that it does not have, or an objective
 * or a template that is none; and for options that are no object.
 */
export function requireEditOptions(options: EditOptions): void {
  const known: Record<keyof EditOptions, 0> = { objective: 0, template: 0, signal: 0, onProgress: 0 };
  requireKnown('edit', options, known);
  if (options.template !== undefined) requireTemplate('edit', options.template);
  if (options.objective !== undefined) requireObjective('edit', 'objective', options.objective);
}

/**
 * Writes facts into a text encoder. `edit` computes and returns an {@link Edit}; it never leaves the encoder changed,
 * whether it succeeds, fails or is cancelled: applying is the caller's. It starts from the deltas that are pushed, reports
 * the loss at turn 0 before it changes anything and last the loss with the edit, and changes no site where every request is
 * satisfied already. `testEditor` (`@mokus/core/testing`) is its kit.
 */
export interface Editor {
  readonly name: string;
  /**
   * Throws MokusError `input` (an option that is unknown, naming it; no request; naming the request's index, what is no
   * request, an empty question or answer, a second answer to a question, and `locality` that is no list of texts) and
   * `prompt` (a question that is too long, naming it too) before the model is run; `site` for one that is unknown or beyond
   * the tap; `edit` for a loss that is not finite (naming the request), numbers that are not (the site), and an objective
   * that nothing lowers; `cancelled`; and what the encoder and the objective throw, as it is.
   */
  edit(encoder: TextEncoder, requests: readonly EditRequest[], options?: EditOptions): Promise<Edit>;
}
