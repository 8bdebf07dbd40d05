import {
  type AskedFact,
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
import { requireAnchor, warnOfSharedToken } from '../words.js';
import { warnOfContradictions } from './contradictions.js';
import { askedFacts, type QuestionMaker, questionsOf, requestOf } from './questions.js';

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
 * the editor writes them all. The pipeline is not changed: apply the edit, or save it. Warned of are a fact that an applied
 * edit answers in another way, and an anchor whose first token stands in a question. Throws MokusError `input` (no facts,
 * two that ask the same, a sentence that no rule makes a question of, an anchor that is empty), and what the editor throws.
 */
export async function bindFacts(
  pipeline: TextToImagePipeline,
  words: ConceptWords,
  facts: readonly ConceptFact[],
  { toQuestion, ...options }: BindOptions,
): Promise<Edit> {
  if (facts.length === 0)
    throw new MokusError('input', 'there is no fact to bind; give one at least', { field: 'facts' });
  requireAnchor(words);
  const asked = askedFacts(words, facts, toQuestion);
  warnOfSharedToken(pipeline.components.textEncoder, words, questionsOf(asked), options.onProgress);
  return writeFacts(pipeline, words, asked, options);
}

/** {@link bindFacts} for facts that are questions, of words that were looked at. */
export async function writeFacts(
  { components, edits }: TextToImagePipeline,
  words: ConceptWords,
  facts: readonly AskedFact[],
  { editor, objective, template, signal, onProgress }: Omit<BindOptions, 'toQuestion'>,
): Promise<Edit> {
  const requests = facts.map((fact) => requestOf(words, fact));
  warnOfContradictions(edits, requests, onProgress);
  return editor.edit(components.textEncoder, requests, { objective, template, signal, onProgress });
}
