import {
  type ConceptFact,
  type ConceptWords,
  type Edit,
  type EditObjective,
  type Editor,
  type EditRequest,
  MokusError,
  type PromptTemplate,
  type RunOptions,
  type TextToImagePipeline,
} from '@mokus/core';
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
 * the editor writes them all. The pipeline is not changed: apply the edit, or save it. Throws MokusError `input` (no
 * facts, two that ask the same, a sentence that no rule makes a question of), and what the editor throws.
 */
export async function bindFacts(
  { components }: TextToImagePipeline,
  words: ConceptWords,
  facts: readonly ConceptFact[],
  { editor, toQuestion, ...options }: BindOptions,
): Promise<Edit> {
  if (facts.length === 0) throw new MokusError('input', 'there is no fact to bind', { field: 'facts' });
  return editor.edit(components.textEncoder, conceptRequests(words, facts, toQuestion), options);
}

/**
 * The facts of a concept that are bound in a pipeline, to be added and withdrawn one by one. They stand in one edit that
 * is solved anew for all of them whenever they change, so that a fact which is withdrawn leaves no trace.
 */
export class BoundFacts {
  readonly #pipeline: TextToImagePipeline;
  readonly #words: ConceptWords;
  readonly #options: Omit<BindOptions, keyof RunOptions>;
  #requests: readonly EditRequest[] = [];
  #edit: Edit | undefined;

  constructor(pipeline: TextToImagePipeline, words: ConceptWords, options: Omit<BindOptions, keyof RunOptions>) {
    this.#pipeline = pipeline;
    this.#words = words;
    this.#options = options;
  }

  /** The questions that the concept answers now. */
  get questions(): readonly string[] {
    return this.#requests.map(({ question }) => question);
  }

  /** What is applied; undefined while nothing is bound. */
  get edit(): Edit | undefined {
    return this.#edit;
  }

  /** Throws MokusError `input` for one that is bound already, and as {@link bindFacts}; what was bound stays bound then. */
  async add(facts: readonly ConceptFact[], options: RunOptions = {}): Promise<void> {
    const more = conceptRequests(this.#words, facts, this.#options.toQuestion);
    const known = more.findIndex(({ question }) => this.questions.includes(question));
    if (known !== -1) {
      throw new MokusError('input', `fact ${known} ("${more[known]?.question}") is bound already`, { field: 'facts' });
    }
    await this.#replace([...this.#requests, ...more], options);
  }

  /** Throws MokusError `input` for a fact that is not bound; everything stays bound then. */
  async withdraw(fact: ConceptFact, options: RunOptions = {}): Promise<void> {
    const [request] = conceptRequests(this.#words, [fact], this.#options.toQuestion);
    const rest = this.#requests.filter(({ question }) => question !== request?.question);
    if (rest.length === this.#requests.length) {
      throw new MokusError('input', `"${request?.question}" is not bound; bound are: ${this.questions.join(', ')}`, {
        field: 'fact',
      });
    }
    await this.#replace(rest, options);
  }

  /** Solves on the model without this concept's facts; whatever fails, the edit that was applied is applied again. */
  async #replace(requests: readonly EditRequest[], run: RunOptions): Promise<void> {
    const before = this.#edit;
    const { editor, objective, template } = this.#options;
    if (before !== undefined) await this.#pipeline.revert(before);
    try {
      const edit =
        requests.length === 0
          ? undefined
          : await editor.edit(this.#pipeline.components.textEncoder, requests, { objective, template, ...run });
      if (edit !== undefined) await this.#pipeline.apply(edit);
      this.#edit = edit;
      this.#requests = requests;
    } catch (error) {
      if (before !== undefined) await this.#pipeline.apply(before);
      throw error;
    }
  }
}
