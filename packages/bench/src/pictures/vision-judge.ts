import { MokusError, type RawImage, type RunOptions } from '@mokus/core';
import type { ImageScorer, PictureQuestion, PictureVerdict } from './image-scorer.js';
import type { VisionEndpoint } from './vision-endpoint.js';

const answerForm =
  'Answer with one JSON object and nothing else: {"observation": what you see, "matches_target": true or false, ' +
  '"confidence": a number from 0 to 1, "explanation": why}.';

/**
 * A vision language model as a yes-or-no judge: it sees the picture, the target and the data set's own question, and
 * answers with a JSON object as UniKE's judge does (arXiv 2606.00477); a plain "yes" or "no" is understood too. One that
 * answers otherwise is asked once more, for the object alone.
 *
 * Throws MokusError `network` for a second answer that is neither, and all that {@link VisionEndpoint.ask} throws.
 */
export function visionJudge(endpoint: VisionEndpoint): ImageScorer {
  return {
    name: 'vision model',
    options: { model: endpoint.model, url: endpoint.url },
    async shows(picture, question, options) {
      return judged(endpoint, showsPrompt(question), [picture], options);
    },
    async stayed(before, after, options) {
      const prompt =
        'Here are two pictures, drawn by an image model for the same prompt. The target: both show the same thing, in ' +
        `the same setting; small differences of form do not count. Do they match the target? ${answerForm}`;
      return judged(endpoint, prompt, [before, after], options);
    },
  };
}

function showsPrompt({ target, question }: PictureQuestion): string {
  const own = question === undefined ? '' : ` ${question}`;
  return `Here is a picture, drawn by an image model. The target: ${target}.${own} Does the picture match the target? ${answerForm}`;
}

async function judged(
  endpoint: VisionEndpoint,
  prompt: string,
  pictures: readonly RawImage[],
  options: RunOptions | undefined,
): Promise<PictureVerdict> {
  const first = verdictOf(await endpoint.ask(prompt, pictures, options));
  if (first !== undefined) return first;
  const again = await endpoint.ask(`${prompt} Begin with { and end with }.`, pictures, options);
  const second = verdictOf(again);
  if (second !== undefined) return second;
  const { url } = endpoint;
  const shown = JSON.stringify(again.slice(0, 200));
  throw new MokusError(
    'network',
    `${url} answered neither with a verdict nor with yes or no, twice: ${shown}; take another model`,
    {
      url,
    },
  );
}

/** Reads the judge's JSON object, wherever it stands in the text, or a leading yes or no; undefined where neither is there. */
function verdictOf(text: string): PictureVerdict | undefined {
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
  return word === undefined ? undefined : { holds: word.toLowerCase() === 'yes' };
}
