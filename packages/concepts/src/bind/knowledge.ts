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
  requireArgument,
  requireKnown,
  requirePipeline,
  type TextToImagePipeline,
} from '@mokus/core';
import { requireWords, warnOfSharedToken } from '../words.js';
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

/** The names of the options of whatever writes with an editor. */
export const knownWhenWriting: Readonly<Record<keyof Omit<BindOptions, 'toQuestion'>, 0>> = {
  editor: 0,
  objective: 0,
  template: 0,
  signal: 0,
  onProgress: 0,
};

/**
 * Textual knowledge updating (MoKus, stage 2): every fact becomes a question whose answer is the anchor, and one call of
 * the editor writes them all. The pipeline is not changed: apply the edit, or save it. Warned of are a fact that an applied
 * edit answers in another way, and an anchor whose first token stands in a question. Throws MokusError `input` (no facts,
 * two that ask the same, a sentence that no rule makes a question of, an anchor that is empty, an option that is unknown,
 * what is of another kind), and what the editor throws.
 */
export async function bindFacts(
  pipeline: TextToImagePipeline,
  words: ConceptWords,
  facts: readonly ConceptFact[],
  options: BindOptions,
): Promise<Edit> {
  requirePipeline(pipeline);
  requireWords('words', words);
  // Options come last, and are missed last.
  const asked = askedFacts(words, facts, options?.toQuestion);
  if (asked.length === 0)
    throw new MokusError('input', 'there is no fact to bind; give one at least', { field: 'facts' });
  requireKnown('bindFacts', options, { ...knownWhenWriting, toQuestion: 0 });
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
  requireEditor(editor);
  const requests = facts.map((fact) => requestOf(words, fact));
  warnOfContradictions(edits, requests, onProgress);
  return editor.edit(components.textEncoder, requests, { objective, template, signal, onProgress });
}

/** Throws MokusError `input` for what is no editor, such as its name. */
export function requireEditor(editor: Editor): void {
  const isEditor = typeof (editor as Editor | null | undefined)?.edit === 'function';
  requireArgument('editor', editor, isEditor, 'give an editor, such as ultraEdit()');
}
