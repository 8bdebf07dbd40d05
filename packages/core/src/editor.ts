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
 * whether it succeeds, fails or is cancelled: applying is the caller's.
 */
export interface Editor {
  readonly name: string;
  /** Throws MokusError `input` naming the request's index, `site`, `edit`, `cancelled`. */
  edit(encoder: TextEncoder, requests: readonly EditRequest[], options?: EditOptions): Promise<Edit>;
}
