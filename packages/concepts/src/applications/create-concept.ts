import type { Edit, TextToImagePipeline } from '@mokus/core';
import { type ApplicationOptions, type NamedConcept, requestsOf, write } from './named-concept.js';

/** Something that exists only in words. */
export interface ConceptToCreate extends NamedConcept {
  /** What it is, in words that the model answers with and can draw. */
  readonly description: string;
}

/**
 * Virtual concept creation (MoKus): a name that the model does not know gets a description, no picture needed. The prompts
 * that name it are answered with the description, so they draw what it says. The pipeline is not changed: apply the edit,
 * or save it.
 *
 * Throws MokusError `input` naming the member of the concept or the option, and what the editor throws.
 */
export async function createConcept(
  pipeline: TextToImagePipeline,
  concept: ConceptToCreate,
  options: ApplicationOptions,
): Promise<Edit> {
  const owner = 'createConcept';
  return write(owner, pipeline, requestsOf(owner, concept, 'description'), options);
}
