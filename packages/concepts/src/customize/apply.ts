import {
  type AskedFact,
  type ConceptFact,
  type Customization,
  MokusError,
  type RunOptions,
  requireKnown,
  type TextToImagePipeline,
} from '@mokus/core';
import { BoundFacts } from '../bind/bound-facts.js';
import type { BindOptions } from '../bind/knowledge.js';
import { askedFacts, questionKey } from '../bind/questions.js';
import { requireBaseModel } from './base-model.js';

export interface ApplyCustomizationOptions extends Partial<Omit<BindOptions, keyof RunOptions>> {
  /** What its adapter is called in the pipeline. Default: the concept's name, else its anchor. */
  readonly adapterName?: string | undefined;
}

const known: Readonly<Record<keyof ApplyCustomizationOptions, true>> = {
  adapterName: true,
  editor: true,
  objective: true,
  template: true,
  toQuestion: true,
};

/**
 * Puts a customization in place: its adapter acts beside those that act, its edit on top of those that are applied. All of
 * it or nothing. With an `editor` its facts can change later, on one that was loaded as well.
 *
 * Throws MokusError `base-model` (it was made on another text encoder or transformer), `adapter` (a name that is taken),
 * `input` (an option that is unknown), and as the pipeline's `addAdapter` and `apply`.
 */
export async function applyCustomization(
  pipeline: TextToImagePipeline,
  customization: Customization,
  options: ApplyCustomizationOptions = {},
): Promise<AppliedCustomization> {
  requireKnown('applyCustomization', options, known);
  const { adapterName, ...binding } = options;
  const { lora, edit, card } = customization;
  await requireBaseModel(pipeline, card);
  const name = lora === undefined ? undefined : (adapterName ?? card.name ?? card.anchor);
  if (lora !== undefined && name !== undefined) await pipeline.addAdapter(name, lora);
  try {
    if (edit !== undefined) await pipeline.apply(edit);
  } catch (error) {
    if (name !== undefined) await pipeline.deleteAdapters(name);
    throw error;
  }
  return new AppliedCustomization(pipeline, customization, name, binding);
}

/** A customization in a pipeline. Changed or taken off here, not through the pipeline. */
export class AppliedCustomization {
  /** What its adapter is called in the pipeline; undefined without one. */
  readonly adapterName: string | undefined;
  readonly #pipeline: TextToImagePipeline;
  readonly #customization: Customization;
  /** Facts that no edit holds: they were learned with the pictures. */
  readonly #learned: readonly AskedFact[];
  readonly #bound: BoundFacts;
  readonly #binding: ApplyCustomizationOptions;

  /** `applyCustomization` makes it. */
  constructor(
    pipeline: TextToImagePipeline,
    customization: Customization,
    adapterName: string | undefined,
    binding: ApplyCustomizationOptions,
  ) {
    const { card, edit } = customization;
    this.adapterName = adapterName;
    this.#pipeline = pipeline;
    this.#customization = customization;
    this.#binding = binding;
    const inEdit = new Set(edit?.provenance.requests.map(({ question }) => question));
    this.#learned = card.facts.filter(({ question }) => !inEdit.has(question));
    const { editor = noEditor, ...others } = binding;
    const inPlace = edit && { edit, facts: card.facts.filter(({ question }) => inEdit.has(question)) };
    this.#bound = new BoundFacts(pipeline, card, { ...others, editor }, inPlace);
  }

  /** As it is now, with the facts added and withdrawn: what to save. */
  get customization(): Customization {
    const { lora, card } = this.#customization;
    return { lora, edit: this.#bound.edit, card: { ...card, facts: [...this.#learned, ...this.#bound.facts] } };
  }

  /**
   * Binds more facts. Throws MokusError `input` (no editor was given, a fact that is bound already), and as `bindFacts`;
   * everything stays as it was then.
   */
  async add(facts: readonly ConceptFact[], run: RunOptions = {}): Promise<void> {
    for (const [index, fact] of askedFacts(this.#customization.card, facts, this.#binding.toQuestion).entries()) {
      if (!this.#isLearned(fact)) continue;
      const message = `fact ${index} ("${fact.question}") was learned with the pictures already; leave it out`;
      throw new MokusError('input', message, { field: 'facts', request: index });
    }
    await this.#bound.add(facts, run);
  }

  /**
   * Takes a fact back; no trace of it stays. Throws MokusError `input` (no editor was given, a fact that is not bound, or
   * was learned with the pictures), and what the editor throws; everything stays as it was then.
   */
  async withdraw(fact: ConceptFact, run: RunOptions = {}): Promise<void> {
    const { card } = this.#customization;
    const [asked] = askedFacts(card, [fact], this.#binding.toQuestion) as readonly [AskedFact];
    if (this.#isLearned(asked)) {
      const message = `${card.method} learned "${asked.question}" with the pictures; it cannot be withdrawn alone`;
      throw new MokusError('input', message, { field: 'fact' });
    }
    await this.#bound.withdraw(fact, run);
  }

  /** Takes adapter and edit off; what remains computes as if they had never been there. */
  async remove(): Promise<void> {
    if (this.#bound.edit !== undefined) await this.#pipeline.revert(this.#bound.edit);
    if (this.adapterName !== undefined) await this.#pipeline.deleteAdapters(this.adapterName);
  }

  #isLearned({ question }: AskedFact): boolean {
    return this.#learned.some((each) => questionKey(each.question) === questionKey(question));
  }
}

const noEditor: BindOptions['editor'] = {
  name: 'none',
  edit: async () => {
    throw new MokusError('input', 'facts change with an editor only: give one to applyCustomization', {
      field: 'editor',
    });
  },
};
