import {
  type Customization,
  type RunOptions,
  requireKnown,
  type SubjectToCustomize,
  type TextToImagePipeline,
} from '@mokus/core';
import { knownOfMoKus, type MoKusOptions, moKus } from './mo-kus.js';

export interface CustomizeOptions extends MoKusOptions, RunOptions {}

/**
 * Learns how a concept looks and binds what is to be known of it: both stages of {@link moKus}. The pipeline is as it was
 * afterwards: `applyCustomization` puts the result in place.
 *
 * Throws MokusError `input` naming the option, picture or fact, and what `learnConcept` and the editor throw.
 */
export async function customize(
  pipeline: TextToImagePipeline,
  subject: SubjectToCustomize,
  options: CustomizeOptions,
): Promise<Customization> {
  requireKnown('customize', options, { ...knownOfMoKus, signal: 0, onProgress: 0 });
  const { signal, onProgress, ...how } = options;
  return moKus(how).customize(pipeline, subject, { signal, onProgress });
}
