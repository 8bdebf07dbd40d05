/**
 * What people do with model editing: learn how a concept looks, bind facts to it, create, erase and inject.
 *
 * @packageDocumentation
 */

export { type ConceptToCreate, createConcept } from './applications/create-concept.js';
export { type ConceptToErase, eraseConcept } from './applications/erase-concept.js';
export { type ImplicitPrompt, injectKnowledge } from './applications/inject-knowledge.js';
export { type ApplicationOptions, defaultNamings, type NamedConcept } from './applications/named-concept.js';
export { BoundFacts, type FactsInPlace } from './bind/bound-facts.js';
export { type BindOptions, bindFacts } from './bind/knowledge.js';
export { askedFacts, type QuestionMaker, questionOf } from './bind/questions.js';
export {
  type AppliedCustomization,
  type ApplyCustomizationOptions,
  applyCustomization,
} from './customize/apply.js';
export { requireBaseModel } from './customize/base-model.js';
export type { LearnHow } from './customize/card.js';
export { type CustomizeOptions, customize } from './customize/customize.js';
export { type MoKusOptions, moKus } from './customize/mo-kus.js';
export { type NaiveDreamBoothOptions, naiveDreamBooth } from './customize/naive-dreambooth.js';
export { conceptPrior } from './learn/concept-prior.js';
export { learnConcept } from './learn/learn-concept.js';
export {
  type ConceptToLearn,
  defaultCaptions,
  type LearnOptions,
  type LearnSamples,
  type LearnSettings,
} from './learn/options.js';
export { drawPrior, type PriorExample, type PriorOptions } from './learn/prior.js';
export { everydayThings, type PriorPromptOptions, priorPrompts } from './learn/prior-prompts.js';
export { type PictureObjectiveOptions, pictureObjective } from './objectives/picture.js';
export type { GradientCheckpointing } from './segments.js';
