import { MokusError } from '@mokus/core';
import type { ImageScorer, PictureQuestion, PictureVerdict } from './image-scorer.js';
import type { VisionEndpoint } from './vision-endpoint.js';

const answerForm =
  'Answer with one JSON object and nothing else: {"observation": what you see, "matches_target": true or false, ' +
  '"confidence": a number from 0 to 1, "explanation": why}.';

/**
 * A vision language model as a yes-or-no judge: it sees the picture, the target and the data set's own question, and
 * answers with a JSON object as UniKE's judge does (arXiv 2606.00477); a plain "yes" or "no" is understood too.
 *
 * Throws MokusError `network` for an answer that is neither, and all that {@link VisionEndpoint.ask} throws.
 */
export function visionJudge(endpoint: VisionEndpoint): ImageScorer {
  return {
    name: 'vision model',
    options: { model: endpoint.model, url: endpoint.url },
    async shows(picture, question, options) {
      return verdictOf(await endpoint.ask(showsPrompt(question), [picture], options), endpoint);
    },
    async stayed(before, after, options) {
      const prompt =
        'Here are two pictures, drawn by an image model for the same prompt. The target: both show the same thing, in ' +
        `the same setting; small differences of form do not count. Do they match the target? ${answerForm}`;
      return verdictOf(await endpoint.ask(prompt, [before, after], options), endpoint);
    },
  };
}

function showsPrompt({ target, question }: PictureQuestion): string {
  const own = question === undefined ? '' : ` ${question}`;
  return `Here is a picture, drawn by an image model. The target: ${target}.${own} Does the picture match the target? ${answerForm}`;
}

/** Reads the judge's JSON object, wherever it stands in the text, or a leading yes or no. */
function verdictOf(text: string, { url }: VisionEndpoint): PictureVerdict {
  const object = text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1);
  try {
    const { matches_target: holds, confidence, observation } = JSON.parse(object) as Record<string, unknown>;
    if (typeof holds === 'boolean') {
      return {
        holds,
        measure: typeof confidence === 'number' ? confidence : undefined,
        saw: typeof observation === 'string' ? observation.slice(0, 500) : undefined,
      };
    }
  } catch {
    // Not JSON: a plain word is looked for.
  }
  const word = text.trim().match(/^["'*]*(yes|no)\b/i)?.[1];
  if (word !== undefined) return { holds: word.toLowerCase() === 'yes' };
  const shown = JSON.stringify(text.slice(0, 200));
  throw new MokusError('network', `${url} answered neither with a verdict nor with yes or no: ${shown}`, { url });
}
