import { type Edit, isJsonObject, MokusError, requireList, type TextToImagePipeline } from '@mokus/core';
import { type ApplicationOptions, requireText, write } from './named-concept.js';

/** A prompt that does not say what it wants to see, such as "the flower of mother's day", and what that is. */
export interface ImplicitPrompt {
  readonly prompt: string;
  /** What is to be seen, in words that the model answers with and can draw. */
  readonly answer: string;
  /** Prompts that must stay: an editor may protect them. */
  readonly locality?: readonly string[] | undefined;
}

/**
 * World-knowledge injection (MoKus): implicit prompts get their answers, all in one edit, and draw them, also in other
 * words. The more facts a call writes, the more it needs a strong protection of everything else (UltraEdit's mu). The
 * pipeline is not changed: apply the edit, or save it.
 *
 * Throws MokusError `input` (no prompts; what is no list of them; one that is blank, or that contradicts another, by its
 * position), and what the editor throws.
 */
export async function injectKnowledge(
  pipeline: TextToImagePipeline,
  knowledge: readonly ImplicitPrompt[],
  options: ApplicationOptions,
): Promise<Edit> {
  const owner = 'injectKnowledge';
  requireList('knowledge', knowledge, isJsonObject, 'give a list of { prompt, answer }');
  if (knowledge.length === 0) {
    throw new MokusError('input', `${owner}: there is nothing to inject; give one prompt at least`, {
      field: 'knowledge',
    });
  }
  knowledge.forEach(({ prompt, answer }, index) => {
    requireText(owner, `knowledge[${index}].prompt`, prompt);
    requireText(owner, `knowledge[${index}].answer`, answer);
  });
  const requests = knowledge.map(({ prompt, answer, locality }) => ({
    question: prompt,
    answer,
    ...(locality && { locality }),
  }));
  return write(owner, pipeline, requests, options);
}
