import {
  type Customization,
  type CustomizationMethod,
  MokusError,
  requireKnown,
  requirePipeline,
  throwIfCancelled,
} from '@mokus/core';
import { askedFacts, type QuestionMaker } from '../bind/questions.js';
import { learnConcept } from '../learn/learn-concept.js';
import type { ConceptToLearn } from '../learn/options.js';
import { requireWords } from '../words.js';
import { describeLearning, type LearnHow, makeCard } from './card.js';

export interface NaiveDreamBoothOptions {
  /** How looks and facts are learned. A store serves one subject. Default: as `learnConcept`. */
  readonly learn?: LearnHow | undefined;
  /** As that of `learnConcept`. */
  readonly prior?: ConceptToLearn['prior'] | undefined;
  /** Makes the phrase of a fact. Default: `questionOf`. */
  readonly toQuestion?: QuestionMaker | undefined;
}

/**
 * Naive-DB, the baseline without an edit: the facts are DreamBooth prompts. Each caption of a picture is trained with the
 * anchor and, as often, with the phrase of each fact in its place ("a photo of my sister's favourite toy"), so the
 * transformer has to learn what is known together with how it looks. Throws MokusError `input` for an unknown option.
 */
export function naiveDreamBooth(options: NaiveDreamBoothOptions = {}): CustomizationMethod {
  requireKnown('naiveDreamBooth', options, { learn: 0, prior: 0, toQuestion: 0 });
  const { learn = {}, prior, toQuestion } = options;
  const name = 'naiveDreamBooth';
  return {
    name,
    customize: async (pipeline, subject, run = {}): Promise<Customization> => {
      throwIfCancelled(run.signal, 'customizing');
      requirePipeline(pipeline);
      requireWords('subject', subject);
      if (subject.lora !== undefined) {
        const message = `${name} learns looks and facts together: a lora of the looks alone is of no use to it`;
        throw new MokusError('input', message, { field: 'lora' });
      }
      const facts = askedFacts(subject, subject.facts, toQuestion);
      const { anchor, className, images } = subject;
      const phrases = facts.map(({ question }) => question.replace(/\s*\?$/, ''));
      const concept = { anchor, className, images, phrases, prior };
      const lora = await learnConcept(pipeline, concept, { ...learn, ...run });
      const settings = { learn: describeLearning(learn) };
      return {
        lora,
        edit: undefined,
        card: await makeCard(pipeline, subject, { method: name, options: settings, facts }),
      };
    },
  };
}
