import type { Edit, EditRequest, PromptTemplate } from './edit.js';
import type { EditObjective } from './objective.js';
import type { RunOptions } from './progress.js';
import type { TextEncoder } from './text-encoder.js';

export interface EditOptions extends RunOptions {
  /** Default: the editor's own. */
  readonly objective?: EditObjective | undefined;
  /** Which template the questions are put in. Default: 'pipeline', the one that pictures are drawn with. */
  readonly template?: PromptTemplate | undefined;
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
   * Throws MokusError `input` (no request; an empty question or answer, a second answer to a question, naming the request's
   * index) and `prompt` (a question that is too long, naming it too) before the model is run; `site` for one that is
   * unknown or beyond the tap; `edit` for a loss that is not finite (naming the request), numbers that are not (the site),
   * and an objective that nothing lowers; `cancelled`; and what the encoder and the objective throw, as it is.
   */
  edit(encoder: TextEncoder, requests: readonly EditRequest[], options?: EditOptions): Promise<Edit>;
}
