import type { TextToImagePipeline } from '@mokus/core';
import { type ConceptToLearn, defaultCaptions, type LearnOptions, promptsOf } from './options.js';
import { drawPrior, type PriorExample } from './prior.js';
import { priorPrompts } from './prior-prompts.js';

/**
 * What `learnConcept` keeps while it learns a concept, with these options: the prior that it is given, drawn where that is
 * prompts, or pictures of everyday things in the captions of the run. Drawn beforehand and given as `prior`, it serves
 * every concept of the same class word, captions and size of pictures. Throws as `drawPrior`.
 */
export async function conceptPrior(
  pipeline: TextToImagePipeline,
  concept: Pick<ConceptToLearn, 'prior' | 'images' | 'className'>,
  options: Pick<LearnOptions, 'captions' | 'priorShare' | 'store' | 'signal' | 'onProgress'> = {},
): Promise<readonly PriorExample[]> {
  const { prior, images, className } = concept;
  const { captions, priorShare, store, signal, onProgress } = options;
  const isDrawn = (each: PriorExample | string): each is PriorExample => typeof each !== 'string';
  const given: readonly (PriorExample | string)[] | undefined = prior;
  if (given?.every(isDrawn)) return given;
  if (priorShare === 0) return [];
  const templates = captions ?? [...new Set(images.flatMap((each) => each.captions ?? defaultCaptions))];
  const prompts =
    given === undefined
      ? priorPrompts(pipeline.components.textEncoder, { captions: templates, className })
      : promptsOf(prior);
  const [first] = images;
  return drawPrior(pipeline, prompts, { ...sizeOf(first), store, signal, onProgress });
}

/** That of the pictures which are learned; without one, the pipeline's own. */
function sizeOf(picture: ConceptToLearn['images'][number] | undefined): { height?: number; width?: number } {
  return picture === undefined ? {} : { height: picture.image.height, width: picture.image.width };
}
