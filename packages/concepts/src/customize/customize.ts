import type { Customization, RunOptions, SubjectToCustomize, TextToImagePipeline } from '@mokus/core';
import { type MoKusOptions, moKus } from './mo-kus.js';

export interface CustomizeOptions extends MoKusOptions, RunOptions {}

/**
 * Learns how a concept looks and binds what is to be known of it: both stages of {@link moKus}. The pipeline is as it was
 * afterwards: `applyCustomization` puts the result in place.
 *
 * Throws MokusError `input` naming the option, picture or fact, and what `learnConcept` and the editor throw.
 */
export function customize(
  pipeline: TextToImagePipeline,
  subject: SubjectToCustomize,
  { signal, onProgress, ...options }: CustomizeOptions,
): Promise<Customization> {
  return moKus(options).customize(pipeline, subject, { signal, onProgress });
}
