import { type Edit, MokusError, type TextToImagePipeline } from '@mokus/core';
import { type ApplicationOptions, type NamedConcept, requestsOf, write } from './named-concept.js';

/** Something that prompts are to show no longer. */
export interface ConceptToErase extends NamedConcept {
  /** The description that takes its place: what its prompts show instead. */
  readonly replacement: string;
}

/**
 * Concept erasure (MoKus): the prompts that name or paraphrase a concept are answered with another description, so they no
 * longer show it. What is written carries over to wordings that are not in the list, and most of the way to facts that are
 * not; whatever must be gone is best told as a paraphrase. The concept is not unlearned: the edit taken off, it is back.
 * The pipeline is not changed: apply the edit, or save it.
 *
 * Throws MokusError `input` naming the member of the concept or the option, and what the editor throws.
 */
export async function eraseConcept(
  pipeline: TextToImagePipeline,
  concept: ConceptToErase,
  options: ApplicationOptions,
): Promise<Edit> {
  const owner = 'eraseConcept';
  const requests = requestsOf(owner, concept, 'replacement');
  const { name, replacement } = concept;
  if (replacement.trim().toLowerCase() === name.trim().toLowerCase()) {
    throw new MokusError('input', `${owner}: ${name} cannot replace itself; say what its prompts are to show instead`, {
      field: 'replacement',
    });
  }
  return write(owner, pipeline, requests, options);
}
