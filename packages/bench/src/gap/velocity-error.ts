import {
  type Conditioning,
  type NaturalPromptOption,
  naturalPromptOf,
  type RunOptions,
  repeatConditioning,
  type TextToImagePipeline,
  type VelocityReference,
  type VelocityReferenceOptions,
  velocityReference,
} from '@mokus/core';
import type { EditCase } from '../data/edit-case.js';

export interface VelocityOptions extends VelocityReferenceOptions, NaturalPromptOption {}

/**
 * Velocities on the way to the picture that the unedited model draws of the new answer; call it before an edit is applied.
 * Throws MokusError `input`, `prompt`, `cancelled`.
 */
export async function answerVelocities(
  pipeline: TextToImagePipeline,
  { request }: EditCase,
  options: VelocityOptions = {},
): Promise<VelocityReference> {
  const prompt = naturalPromptOf(request.answer, options);
  return velocityReference(pipeline, await pipeline.encodePrompt(prompt, { signal: options.signal }), options);
}

/**
 * mean_t |v(x_t, t, c) - v(x_t, t, c*)|^2, a mean over elements too, with c the question's conditioning as the model is
 * now: 0 where the image model is steered exactly as when the new answer is named plainly. It is what the picture
 * objective lowers.
 */
export async function velocityError(
  pipeline: TextToImagePipeline,
  { request }: EditCase,
  { latents, sigmas, grid, velocity }: VelocityReference,
  { signal }: RunOptions = {},
): Promise<number> {
  const conditioning: Conditioning = await pipeline.encodePrompt(request.question, { signal });
  const own = await pipeline.components.dit.velocity(
    { latents, grid, sigmas, conditioning: repeatConditioning(conditioning, sigmas.length) },
    { signal },
  );
  let sum = 0;
  for (const [at, value] of own.data.entries()) sum += (value - velocity.data[at]!) ** 2;
  return sum / own.data.length;
}
