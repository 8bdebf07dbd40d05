import type { EditRequest } from '@mokus/core';

/** A question with the answer that is scored, or none where only staying the same is. */
export interface Probe {
  readonly question: string;
  readonly answer?: string | undefined;
}

/** A question with its right answer. */
export interface AnsweredProbe extends Probe {
  readonly answer: string;
}

/**
 * What a prompt of pictures is there to show: that the edited phrasing draws the new answer, that another phrasing does,
 * or that an unrelated picture stays.
 */
export type PictureRole = 'efficacy' | 'paraphrase' | 'locality';

export interface PicturePrompt {
  readonly role: PictureRole;
  readonly prompt: string;
  /** What the picture should show after the edit. Default: the request's answer. Not read for locality. */
  readonly target?: string | undefined;
  /** A yes-or-no question about the target, for judges that can read one. */
  readonly question?: string | undefined;
}

/** One fact to edit with everything that is measured about it. Answers have no leading space. */
export interface EditCase {
  /** Names it in reports: unique within a comparison. */
  readonly id: string;
  /** An editor may protect `request.locality`, so none of it is scored: `unrelated` and `neighbours` are. */
  readonly request: EditRequest;
  /** What the question was answered with before. */
  readonly oldAnswer?: string | undefined;
  /** Prompts that should be answered as before. */
  readonly unrelated?: readonly Probe[] | undefined;
  /** Prompts about other subjects whose right answer is the old one (CounterFact's neighbourhood). */
  readonly neighbours?: readonly AnsweredProbe[] | undefined;
  /** What follows from the edit. */
  readonly portability?: readonly AnsweredProbe[] | undefined;
  /** Beginnings of texts, for fluency. */
  readonly generation?: readonly string[] | undefined;
  /** Default: the question, the paraphrases, and every unrelated or neighbouring prompt. */
  readonly pictures?: readonly PicturePrompt[] | undefined;
}

/** The pictures of a case, its own or those that follow from its texts. */
export function picturePromptsOf({ request, unrelated = [], neighbours = [], pictures }: EditCase): PicturePrompt[] {
  if (pictures !== undefined) return [...pictures];
  return [
    { role: 'efficacy', prompt: request.question },
    ...(request.paraphrases ?? []).map((prompt) => ({ role: 'paraphrase' as const, prompt })),
    ...[...unrelated, ...neighbours].map(({ question }) => ({ role: 'locality' as const, prompt: question })),
  ];
}
