/**
 * What people do with model editing: learn how a concept looks, bind facts to it, create, erase and inject.
 *
 * @packageDocumentation
 */

export { type ConceptToCreate, createConcept } from './apply/create-concept.js';
export { type ConceptToErase, eraseConcept } from './apply/erase-concept.js';
export { type ImplicitPrompt, injectKnowledge } from './apply/inject-knowledge.js';
export { type ApplyOptions, defaultNamings, type NamedConcept } from './apply/named-concept.js';
export { type BindOptions, BoundFacts, bindFacts } from './bind/knowledge.js';
export { conceptRequests, type QuestionMaker, questionOf } from './bind/questions.js';
export { type ConceptToLearn, learnConcept } from './learn/learn-concept.js';
export {
  defaultCaptions,
  type LearnOptions,
  type LearnSamples,
  type LearnSettings,
} from './learn/options.js';
export { drawPrior, type PriorExample, type PriorOptions } from './learn/prior.js';
export { type PictureObjectiveOptions, pictureObjective } from './objectives/picture.js';
