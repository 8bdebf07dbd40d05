import {
  type ConceptFact,
  type ConceptWords,
  type Edit,
  type EditObjective,
  type Editor,
  MokusError,
  type PromptTemplate,
  type RunOptions,
  type TextToImagePipeline,
} from '@mokus/core';
import { warnOfContradictions } from './contradictions.js';
import { conceptRequests, type QuestionMaker } from './questions.js';

export interface BindOptions extends RunOptions {
  readonly editor: Editor;
  /** Default: the editor's own. */
  readonly objective?: EditObjective | undefined;
  /** Default: 'pipeline', the template that pictures are drawn with. */
  readonly template?: PromptTemplate | undefined;
  /** Default: `questionOf`. */
  readonly toQuestion?: QuestionMaker | undefined;
}

/**
 * Textual knowledge updating (MoKus, stage 2): every fact becomes a question whose answer is the anchor, and one call of
 * the editor writes them all. The pipeline is not changed: apply the edit, or save it. A fact that an applied edit answers
 * in another way is warned of. Throws MokusError `input` (no facts, two that ask the same, a sentence that no rule makes a
 * question of), and what the editor throws.
 */
export async function bindFacts(
  { components, edits }: TextToImagePipeline,
  words: ConceptWords,
  facts: readonly ConceptFact[],
  { editor, toQuestion, ...options }: BindOptions,
): Promise<Edit> {
  if (facts.length === 0) throw new MokusError('input', 'there is no fact to bind', { field: 'facts' });
  const requests = conceptRequests(words, facts, toQuestion);
  warnOfContradictions(edits, requests, options.onProgress);
  return editor.edit(components.textEncoder, requests, options);
}
