import type { NearestPicture } from '@mokus/bench';
import { type Edit, seededNoise, type TextToImagePipeline } from '@mokus/core';
import { conditioningObjective, type SiteStatistics, ultraEdit } from '@mokus/editors';
import {
  benchSeed,
  benchSize,
  fill,
  namePrompt,
  oneTokenNames,
  planCases,
  sample,
  type World,
} from '../emoji-world/plan.js';
import { rate, shows } from '../emoji-world/rates.js';
import { strongSettings } from '../emoji-world/strong-settings.js';
import { drawAndJudge } from '../emoji-world/world.js';
import type { NaturalRow } from './natural.js';

/** Many facts edited in one call. Rates in [0, 1]. */
export interface JointRow {
  readonly edits: number;
  /** Held-out phrasings of edited facts that show the new answer. */
  readonly newPicture: number;
  /** Facts that were not edited, and names, drawn right. */
  readonly uneditedFacts: number;
  readonly names: number;
  readonly editSeconds: number;
}

/** Unedited facts, and names, that are drawn to see what remains. */
const probes = 100;

export async function runJoint(
  pipeline: TextToImagePipeline,
  judge: NearestPicture,
  world: World,
  statistics: SiteStatistics,
  edits: number,
  limit: number,
): Promise<JointRow> {
  const noise = seededNoise(benchSeed + edits);
  const chosen = sample(planCases(world, benchSize, benchSeed), edits, noise);
  const touched = new Set(chosen.map(({ relation, subject }) => `${relation}/${subject}`));
  const unedited = world.relations.flatMap(({ relation, facts, phrasings }) =>
    facts
      .filter(({ subject }) => !touched.has(`${relation}/${subject}`))
      .map(({ subject, answer }) => ({ prompt: fill(phrasings[0] as string, subject), concept: answer })),
  );
  const facts = sample(unedited, probes, noise);
  const names = sample(oneTokenNames(world), probes, noise).map((name) => ({
    prompt: namePrompt(name),
    concept: name,
  }));
  const fresh = chosen.flatMap(({ heldOut, newAnswer }) => heldOut.map((prompt) => ({ prompt, concept: newAnswer })));

  const editor = ultraEdit({ ...strongSettings, statistics });
  const started = performance.now();
  const edit: Edit = await editor.edit(
    pipeline.components.textEncoder,
    chosen.map(({ question, newAnswer }) => ({ question, answer: newAnswer })),
    { objective: conditioningObjective() },
  );
  const editSeconds = (performance.now() - started) / 1000;
  await pipeline.apply(edit);
  try {
    const score = async (asked: readonly Pick<NaturalRow, 'prompt' | 'concept'>[]): Promise<number> => {
      const nearest = await drawAndJudge(
        pipeline,
        judge,
        asked.map(({ prompt }) => prompt),
      );
      const rows = asked.map((each, at) => ({ concept: each.concept, nearest: nearest[at] }));
      return rate(rows, (row) => row.nearest !== undefined && shows({ nearest: row.nearest }, row.concept, limit));
    };
    return {
      edits,
      newPicture: await score(fresh),
      uneditedFacts: await score(facts),
      names: await score(names),
      editSeconds,
    };
  } finally {
    await pipeline.revert(edit);
  }
}
