import type { RawImage, RunOptions } from '@mokus/core';
import type { EditCase, PicturePrompt } from '../data/edit-case.js';
import { picturePromptsOf } from '../data/edit-case.js';
import { mean } from '../text/score-answers.js';
import type { PictureOrder } from './draw.js';
import type { ImageScorer, PictureVerdict } from './image-scorer.js';

/** A prompt of a case with one seed. */
export interface PictureTask extends PicturePrompt, PictureOrder {}

/** A judged picture. */
export interface PictureOutcome extends PictureTask {
  /** For efficacy and paraphrase: it shows the target. For locality: it stayed. Undefined without a scorer. */
  readonly verdict?: PictureVerdict | undefined;
  /** What the edited text encoder answered before drawing, and whether that names the new answer; with `recall` alone. */
  readonly recalled?: { readonly text: string; readonly namesAnswer: boolean } | undefined;
}

/** Rates in [0, 1]; undefined where there are no such pictures, or no scorer. */
export interface PictureRates {
  /** Pictures of the edited phrasing that show the new answer. */
  readonly efficacy: number | undefined;
  /** The same of other phrasings. */
  readonly paraphrase: number | undefined;
  /** Unrelated pictures that stayed. */
  readonly locality: number | undefined;
  /** Texts recalled for the edited phrasing that name the new answer (UniKE's contains_target). */
  readonly recalled: number | undefined;
}

/** Every prompt with every seed, in that order. */
export function pictureTasks(each: EditCase, seeds: readonly number[]): PictureTask[] {
  return picturePromptsOf(each).flatMap((prompt) => seeds.map((seed) => ({ ...prompt, seed })));
}

/** Judges pictures that were drawn for `tasks` after an edit; `before` are the unedited model's, in the same order. */
export async function judgePictures(
  scorer: ImageScorer | undefined,
  answer: string,
  tasks: readonly PictureTask[],
  before: readonly RawImage[],
  after: readonly RawImage[],
  options: RunOptions = {},
): Promise<PictureOutcome[]> {
  const outcomes: PictureOutcome[] = [];
  for (const [at, task] of tasks.entries()) {
    const [was, is] = [before[at]!, after[at]!];
    const { role, prompt, target = answer, question } = task;
    const verdict =
      role === 'locality'
        ? await scorer?.stayed(was, is, options)
        : await scorer?.shows(is, { target, prompt, question }, options);
    outcomes.push({ ...task, verdict });
  }
  return outcomes;
}

export function pictureRates(outcomes: readonly PictureOutcome[]): PictureRates {
  const rate = (role: PicturePrompt['role']): number | undefined =>
    mean(outcomes.flatMap((each) => (each.role === role && each.verdict ? Number(each.verdict.holds) : [])));
  const recalled = mean(
    outcomes.flatMap((each) => (each.role === 'efficacy' && each.recalled ? Number(each.recalled.namesAnswer) : [])),
  );
  return { efficacy: rate('efficacy'), paraphrase: rate('paraphrase'), locality: rate('locality'), recalled };
}

/** Whether a text holds the answer as a word of its own, whatever its case. */
export function namesAnswer(text: string, answer: string): boolean {
  const words = answer.trim().replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?<![\\p{L}\\p{N}])${words}(?![\\p{L}\\p{N}])`, 'iu').test(text);
}

/** The modality gap (UniKE, arXiv 2606.00477): text efficacy less picture efficacy. Undefined where one is. */
export function modalityGap(text: number | undefined, pictures: number | undefined): number | undefined {
  return text === undefined || pictures === undefined ? undefined : text - pictures;
}
