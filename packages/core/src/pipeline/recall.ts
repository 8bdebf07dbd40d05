import { MokusError, throwIfCancelled } from '../errors.js';
import { requireKnown, requireNumber, requirePlaceholder } from '../option-checks.js';
import type { RunOptions } from '../progress.js';
import type { TextEncoder } from '../text-encoder.js';
import { requireTexts } from './argument-checks.js';

/** How a text encoder is asked what a prompt refers to, and what is drawn then. */
export interface RecallOptions {
  /**
   * What it is asked, under the pipeline's template; `{prompt}` stands for the prompt. A reasoning instruction of your own
   * goes here. Default: `{prompt}`, the prompt as it is.
   */
  readonly template?: string | undefined;
  /** Default: 16, a short answer. */
  readonly maxNewTokens?: number | undefined;
  /**
   * What is drawn: a text with `{prompt}` and `{answer}` filled in, or what a function makes of both, such as the answer in
   * the prompt's scene. Default: {@link defaultRecallJoin}.
   */
  readonly join?: string | ((answer: string, prompt: string) => string) | undefined;
}

/** The prompt with its scene words, then the answer: closest to where the text encoder reads what it says. */
export const defaultRecallJoin = '{prompt}, {answer}';

const defaults = { template: '{prompt}', maxNewTokens: 16, join: defaultRecallJoin };

/** What was recalled for one prompt. */
export interface Recalled {
  /** The text encoder's greedy answer. */
  readonly answer: string;
  /** The prompt that is drawn; the one asked about where there was no answer. */
  readonly prompt: string;
}

/**
 * Asks a text encoder, with its edits, what each prompt refers to, and joins its answer to the prompt. Throws MokusError
 * `input` naming the option or the prompts, `prompt` for a question that is too long, `cancelled`.
 */
export async function recall(
  encoder: TextEncoder,
  prompts: readonly string[],
  options: RecallOptions,
  { signal }: Pick<RunOptions, 'signal'> = {},
): Promise<readonly Recalled[]> {
  requireKnown('recall', options, defaults);
  const { template = defaults.template, maxNewTokens = defaults.maxNewTokens, join = defaults.join } = options;
  requireNumber('recall', 'maxNewTokens', maxNewTokens, { atLeast: 1, integer: true });
  requirePlaceholder('recall', 'template', template, 'prompt');
  if (typeof join !== 'function') requirePlaceholder('recall', 'join', join, 'answer');
  const recalled: Recalled[] = [];
  for (const prompt of requireTexts('prompts', prompts, 'give a list of texts, one at least')) {
    throwIfCancelled(signal, 'recalling before drawing');
    const question = fill(template, { prompt });
    const answer = (await encoder.generate(question, { template: 'pipeline', maxNewTokens, signal })).trim();
    const joined = typeof join === 'string' ? fill(join, { prompt, answer }) : join(answer, prompt);
    // Nobody holds a caller in JavaScript to the type.
    if (typeof joined !== 'string') {
      throw new MokusError('input', 'recall: join returned no text; return the prompt to draw', { field: 'join' });
    }
    recalled.push({ answer, prompt: answer === '' ? prompt : joined });
  }
  return recalled;
}

/** One pass, so that a prompt which holds `{answer}` itself stays as it is. */
function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(prompt|answer)\}/g, (whole, name: string) => values[name] ?? whole);
}
