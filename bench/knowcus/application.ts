import { createHash } from 'node:crypto';
import type { NearestPicture, NearestVerdict } from '@mokus/bench';
import type { ApplicationOptions } from '@mokus/concepts';
import type { Edit, TextToImagePipeline } from '@mokus/core';
import { conditioningObjective, type UltraEditSettings, ultraEdit } from '@mokus/editors';
import { shows } from '../emoji-world/rates.js';
import { strongSettings } from '../emoji-world/strong-settings.js';
import { drawAndJudge } from '../emoji-world/world.js';
import { PartialResults } from '../partial-results.js';
import { questionStatistics } from './open.js';
import { recallInScene } from './recall.js';

/** What the applications of concepts are measured with. */
export interface ApplicationWorld {
  readonly pipeline: TextToImagePipeline;
  readonly judge: NearestPicture;
  /** How far from a training picture a picture may be to count. */
  readonly limit: number;
}

/** Keeps what was measured: `PartialResults` does. */
export interface Kept {
  once<Result>(name: string, compute: () => Promise<Result>): Promise<Result>;
}

/** How every edit here is made, for the report. */
export const reportedSettings: UltraEditSettings & { readonly corpus: string; readonly objective: string } = {
  ...strongSettings,
  corpus: 'names and questions',
  objective: 'conditioning',
};

/** Where results on the model with this fingerprint are kept; the settings are in the name. */
export function keptApplications(fingerprint: string): Kept {
  const key = createHash('sha256')
    .update(JSON.stringify({ fingerprint, settings: strongSettings, recall: true }))
    .digest('hex')
    .slice(0, 12);
  return new PartialResults(`bench-applications-${key}`);
}

/** What every edit here is made with. */
export async function applicationOptions({ components }: TextToImagePipeline): Promise<ApplicationOptions> {
  const statistics = await questionStatistics(components.textEncoder);
  return { editor: ultraEdit({ ...strongSettings, statistics }), objective: conditioningObjective() };
}

/** A prompt, what it is there to show, and what its picture was and is. */
export interface BeforeAndAfterRow {
  readonly prompt: string;
  readonly before: NearestVerdict;
  readonly after: NearestVerdict;
  /** With the edit, after recall. */
  readonly recalled: NearestVerdict;
}

/** Makes an edit, timed, and draws every prompt without it and with it. The model is left as it was. */
export async function drawWithEdit<Probe extends { readonly prompt: string }>(
  { pipeline, judge }: ApplicationWorld,
  probes: readonly Probe[],
  make: () => Promise<Edit>,
): Promise<{ readonly seconds: number; readonly rows: readonly (Probe & BeforeAndAfterRow)[] }> {
  const prompts = probes.map(({ prompt }) => prompt);
  const before = await drawAndJudge(pipeline, judge, prompts);
  const started = performance.now();
  const edit = await make();
  const seconds = (performance.now() - started) / 1000;
  await pipeline.apply(edit);
  try {
    const after = await drawAndJudge(pipeline, judge, prompts);
    const recalled = await drawAndJudge(pipeline, judge, prompts, recallInScene);
    const rows = probes.map((probe, at) => ({
      ...probe,
      before: before[at]!,
      after: after[at]!,
      recalled: recalled[at]!,
    }));
    return { seconds, rows };
  } finally {
    await pipeline.revert(edit);
  }
}

export function showsAfter({ after }: BeforeAndAfterRow, concept: string, limit: number): boolean {
  return shows({ nearest: after }, concept, limit);
}

export function showedBefore({ before }: BeforeAndAfterRow, concept: string, limit: number): boolean {
  return shows({ nearest: before }, concept, limit);
}

export function showsRecalled({ recalled }: BeforeAndAfterRow, concept: string, limit: number): boolean {
  return shows({ nearest: recalled }, concept, limit);
}

/** The same concept in the same scene as before the edit. */
export function stayed({ before, after }: BeforeAndAfterRow): boolean {
  return before.concept === after.concept && before.scene === after.scene;
}
