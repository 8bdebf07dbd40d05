import {
  type Customization,
  type CustomizationMethod,
  type Json,
  type LoraAdapter,
  MokusError,
  type RunOptions,
  requireKnown,
  requirePipeline,
  type SubjectToCustomize,
  type TextToImagePipeline,
  throwIfCancelled,
} from '@mokus/core';
import { type BindOptions, requireEditor, writeFacts } from '../bind/knowledge.js';
import { askedFacts, questionsOf } from '../bind/questions.js';
import { learnConcept } from '../learn/learn-concept.js';
import type { ConceptToLearn } from '../learn/options.js';
import { requireImages } from '../learn/pictures.js';
import { withAdapter } from '../with-adapter.js';
import { requireWords, warnOfSharedToken } from '../words.js';
import { describeLearning, type LearnHow, makeCard } from './card.js';

export interface MoKusOptions extends Omit<BindOptions, keyof RunOptions> {
  /** Default: 'moKus'. Enc-FT, for one, is this with fine-tuning as its editor. */
  readonly name?: string | undefined;
  /** How looks are learned. A store serves one subject. Default: as `learnConcept`. */
  readonly learn?: LearnHow | undefined;
  /** As that of `learnConcept`. */
  readonly prior?: ConceptToLearn['prior'] | undefined;
}

export const knownOfMoKus: Readonly<Record<keyof MoKusOptions, 0>> = {
  editor: 0,
  objective: 0,
  template: 0,
  toQuestion: 0,
  name: 0,
  learn: 0,
  prior: 0,
};

/**
 * MoKus: how a concept looks is learned first (stage 1, a LoRA of the transformer), then what is to be known of it is bound
 * to it (stage 2, one edit of the text encoder), with the LoRA in place, for an objective may draw. A subject with a `lora`
 * goes to stage 2 at once; one without facts ends with stage 1. Throws MokusError `input` for an unknown option, and for what is
 * no editor.
 */
export function moKus(options: MoKusOptions): CustomizationMethod {
  requireKnown('moKus', options, knownOfMoKus);
  const { name = 'moKus', learn = {}, prior, ...binding } = options;
  requireEditor(binding.editor);
  const learned = async (
    pipeline: TextToImagePipeline,
    { anchor, className, images, lora }: SubjectToCustomize,
    run: RunOptions,
  ): Promise<LoraAdapter> => {
    if (lora === undefined) return learnConcept(pipeline, { anchor, className, images, prior }, { ...learn, ...run });
    requireImages(images);
    if (images.length === 0) return lora;
    const message = 'give pictures to learn from, or the lora that was learned of them, not both';
    throw new MokusError('input', message, { field: 'lora' });
  };
  return {
    name,
    customize: async (pipeline, subject, run = {}): Promise<Customization> => {
      throwIfCancelled(run.signal, 'customizing');
      requirePipeline(pipeline);
      requireWords('subject', subject);
      const facts = askedFacts(subject, subject.facts, binding.toQuestion);
      const { textEncoder, dit } = pipeline.components;
      warnOfSharedToken(textEncoder, subject, questionsOf(facts), run.onProgress);
      const lora = await learned(pipeline, subject, run);
      const edit =
        facts.length === 0
          ? undefined
          : await withAdapter(dit, lora, () => writeFacts(pipeline, subject, facts, { ...binding, ...run }));
      const settings: Json = {
        learn: subject.lora === undefined ? describeLearning(learn) : 'given',
        editor: binding.editor.name,
        objective: edit?.provenance.objective ?? null,
      };
      return { lora, edit, card: await makeCard(pipeline, subject, { method: name, options: settings, facts }) };
    },
  };
}
