import type { AskedFact, ConceptCard, Json, SubjectToCustomize, TextToImagePipeline } from '@mokus/core';
import type { LearnOptions } from '../learn/options.js';

/** How a method learns; what a run reports and keeps is the caller's. */
export type LearnHow = Omit<LearnOptions, 'signal' | 'onProgress'>;

/** The card of a subject that a method customized. */
export async function makeCard(
  { components }: TextToImagePipeline,
  { name, anchor, className }: SubjectToCustomize,
  made: { readonly method: string; readonly options: Json; readonly facts: readonly AskedFact[] },
): Promise<ConceptCard> {
  return {
    ...(name === undefined ? {} : { name }),
    anchor,
    className,
    ...made,
    baseModel: {
      textEncoder: await components.textEncoder.fingerprint(),
      transformer: await components.dit.fingerprint(),
    },
  };
}

/** Settings of learning as JSON, without what does not decide what is learned. */
export function describeLearning(learn: LearnHow): Json {
  const { store: _, storeEvery: _every, samples: _samples, gradientCheckpointing: _checkpointing, ...settings } = learn;
  return JSON.parse(JSON.stringify(settings)) as Json;
}
