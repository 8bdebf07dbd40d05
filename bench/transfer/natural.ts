import type { NearestPicture, NearestVerdict } from '@mokus/bench';
import type { TextToImagePipeline } from '@mokus/core';
import { inScene, type Scene } from '@mokus/emoji-world';
import { inTurn, namePrompt, type World } from '../emoji-world/plan.js';
import { drawAndJudge } from '../emoji-world/world.js';

/** A picture of the unedited model, with what its prompt asked for. */
export interface NaturalRow {
  readonly kind: 'name' | 'longName' | 'fact' | 'unseenFact';
  readonly prompt: string;
  readonly concept: string;
  readonly scene: string;
  readonly nearest: NearestVerdict;
}

/** What the unedited model is asked for: every name, every fact in a phrasing that neither model saw, scenes in turn. */
function naturalPrompts({ concepts, relations, scenes }: World): Omit<NaturalRow, 'nearest'>[] {
  const names = concepts
    .filter(({ cell }) => cell !== undefined)
    .map(({ name, tokens }) => ({
      kind: tokens === 1 ? ('name' as const) : ('longName' as const),
      prompt: namePrompt(name),
      concept: name,
    }));
  const facts = relations.flatMap(({ facts: ofRelation, heldOutPhrasings, seenByImageModel }) =>
    ofRelation.map(({ subject, answer }, at) => ({
      kind: seenByImageModel ? ('fact' as const) : ('unseenFact' as const),
      prompt: inTurn(heldOutPhrasings, subject, at),
      concept: answer,
    })),
  );
  return [...names, ...facts].map((each, at) => {
    const scene = scenes[at % scenes.length] as Scene;
    return { ...each, prompt: inScene(each.prompt, scene), scene: scene.name };
  });
}

export async function drawNatural(
  pipeline: TextToImagePipeline,
  judge: NearestPicture,
  world: World,
): Promise<NaturalRow[]> {
  const asked = naturalPrompts(world);
  const verdicts = await drawAndJudge(
    pipeline,
    judge,
    asked.map(({ prompt }) => prompt),
  );
  return asked.map((each, at) => ({ ...each, nearest: verdicts[at] as NearestVerdict }));
}

/**
 * How far from a training picture a picture may be to count: twice the 95th percentile of the distances of the unedited
 * model's right pictures.
 */
export function distanceLimit(rows: readonly NaturalRow[]): number {
  const right = rows
    .filter(({ concept, nearest }) => nearest.concept === concept)
    .map(({ nearest }) => nearest.distance)
    .sort((a, b) => a - b);
  const percentile = right[Math.ceil(right.length * 0.95) - 1];
  if (percentile === undefined) throw new Error('the unedited model drew no picture right');
  return 2 * percentile;
}
