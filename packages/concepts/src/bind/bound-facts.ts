import {
  type AskedFact,
  type ConceptFact,
  type ConceptWords,
  type Edit,
  MokusError,
  type RunOptions,
  type TextToImagePipeline,
  withoutEdit,
} from '@mokus/core';
import { warnOfSharedToken } from '../words.js';
import { type BindOptions, writeFacts } from './knowledge.js';
import { askedFacts, questionKey, questionsOf } from './questions.js';

/** Facts that stand in an edit which is applied already. */
export interface FactsInPlace {
  readonly facts: readonly AskedFact[];
  readonly edit: Edit;
}

/**
 * The facts of a concept that are bound in a pipeline, to be added and withdrawn one by one. They stand in one edit that
 * is solved anew for all of them whenever they change, so that a fact which is withdrawn leaves no trace.
 */
export class BoundFacts {
  readonly #pipeline: TextToImagePipeline;
  readonly #words: ConceptWords;
  readonly #options: Omit<BindOptions, keyof RunOptions>;
  #facts: readonly AskedFact[];
  #edit: Edit | undefined;

  /** @param inPlace what to begin with, such as a customization's edit that was loaded and applied; default nothing */
  constructor(
    pipeline: TextToImagePipeline,
    words: ConceptWords,
    options: Omit<BindOptions, keyof RunOptions>,
    inPlace?: FactsInPlace,
  ) {
    this.#pipeline = pipeline;
    this.#words = words;
    this.#options = options;
    this.#facts = inPlace?.facts ?? [];
    this.#edit = inPlace?.edit;
  }

  get facts(): readonly AskedFact[] {
    return this.#facts;
  }

  /** The questions that the concept answers now. */
  get questions(): readonly string[] {
    return questionsOf(this.#facts);
  }

  /** What is applied; undefined while nothing is bound. */
  get edit(): Edit | undefined {
    return this.#edit;
  }

  /** Throws MokusError `input` for one that is bound already, and as `bindFacts`; what was bound stays bound then. */
  async add(facts: readonly ConceptFact[], options: RunOptions = {}): Promise<void> {
    const more = askedFacts(this.#words, facts, this.#options.toQuestion);
    const known = more.findIndex((fact) => this.#find(fact) !== undefined);
    if (known !== -1) {
      throw new MokusError('input', `fact ${known} ("${more[known]?.question}") is bound already; leave it out`, {
        field: 'facts',
        request: known,
      });
    }
    const { textEncoder } = this.#pipeline.components;
    warnOfSharedToken(textEncoder, this.#words, questionsOf(more), options.onProgress);
    await this.#replace([...this.#facts, ...more], options);
  }

  /** Throws MokusError `input` for a fact that is not bound; everything stays bound then. */
  async withdraw(fact: ConceptFact, options: RunOptions = {}): Promise<void> {
    const [asked] = askedFacts(this.#words, [fact], this.#options.toQuestion) as readonly [AskedFact];
    const found = this.#find(asked);
    if (found === undefined) {
      throw new MokusError('input', `"${asked.question}" is not bound; bound are: ${this.questions.join(', ')}`, {
        field: 'fact',
      });
    }
    await this.#replace(
      this.#facts.filter((each) => each !== found),
      options,
    );
  }

  #find({ question }: AskedFact): AskedFact | undefined {
    return this.#facts.find((each) => questionKey(each.question) === questionKey(question));
  }

  /** Solves on the model without this concept's facts; whatever fails, the edit that was applied stays where it is. */
  async #replace(facts: readonly AskedFact[], run: RunOptions): Promise<void> {
    const before = this.#edit;
    const pipeline = this.#pipeline;
    const write = async (): Promise<Edit | undefined> =>
      facts.length === 0 ? undefined : writeFacts(pipeline, this.#words, facts, { ...this.#options, ...run });
    const edit = before === undefined ? await write() : await withoutEdit(pipeline, before, write);
    if (edit !== undefined) await pipeline.apply(edit);
    if (before !== undefined) await pipeline.revert(before);
    this.#edit = edit;
    this.#facts = facts;
  }
}
