/** A fact edited, and what came of it: the same program in Node and in a page. */
import type { EditRequest, SecondMoment, SiteDelta, TextEncoder } from '@mokus/core';
import { answerObjective, secondMoments, type UltraEditSettings, ultraEdit } from '@mokus/editors';
import { answerProbability, lossRecorder, withDeltas } from '../../../../packages/editors/test/support/editing.js';

export interface EditOrder {
  readonly request: EditRequest;
  /** Prompts that second moments are taken of. */
  readonly corpus: readonly string[];
  readonly settings: UltraEditSettings;
}

export interface Answer {
  readonly text: string;
  /** Of the answer that is asked for. */
  readonly probability: number;
}

/** Entries in place of maps: it leaves a page as JSON does. */
export interface EditedFact {
  readonly before: Answer;
  readonly after: Answer;
  /** Before the first turn, and after each. */
  readonly losses: readonly number[];
  /** By input group. */
  readonly moments: readonly (readonly [string, SecondMoment])[];
  /** By site. */
  readonly deltas: readonly (readonly [string, SiteDelta])[];
}

export async function editFact(encoder: TextEncoder, { request, corpus, settings }: EditOrder): Promise<EditedFact> {
  const ask = async (): Promise<Answer> => ({
    text: await encoder.generate(request.question),
    probability: await answerProbability(encoder, request),
  });
  const before = await ask();
  const statistics = await secondMoments(encoder, corpus, { sites: settings.sites });
  const { losses, onProgress } = lossRecorder();
  const editor = ultraEdit({ ...settings, statistics });
  const { sites } = await editor.edit(encoder, [request], { objective: answerObjective(), onProgress });
  const after = await withDeltas(encoder, sites, ask);
  return { before, after, losses, moments: [...statistics.moments], deltas: [...sites] };
}
