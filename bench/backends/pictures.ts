import { drawPictures, type NearestVerdict } from '@mokus/bench';
import { seededNoise } from '@mokus/core';
import { modelFolder } from '@mokus/emoji-world';
import { fromPretrained } from 'mokus';
import { benchSeed, benchSize, namePrompt, oneTokenNames, planCases, sample } from '../emoji-world/plan.js';
import { nearestPicture, seedOf, world } from '../emoji-world/world.js';
import type { PartialResults } from '../partial-results.js';
import { openBackend, type ProviderName } from './providers.js';

/** Half of them names, half facts. */
export const pictureCount = 50;
/** A software driver takes seconds for one. */
export const pictureSteps = 4;
const batchSize = 10;
const starts = Array.from({ length: pictureCount / batchSize }, (_, at) => at * batchSize);

/** Names and questions in turn, decided by the seed: any few from the start are of both kinds. */
function prompts(): readonly string[] {
  const half = pictureCount / 2;
  const names = sample(oneTokenNames(world), half, seededNoise(benchSeed));
  const cases = sample(planCases(world, benchSize, benchSeed), half, seededNoise(benchSeed));
  return names.flatMap((name, at) => [namePrompt(name), cases[at]!.question]);
}

/** Finds the training pictures that are nearest to what each prompt draws, and goes on where an earlier run stopped. */
export async function measurePictures(name: ProviderName, partial: PartialResults): Promise<number> {
  const judge = await nearestPicture();
  const pipeline = await fromPretrained(modelFolder, { device: openBackend(name) });
  const orders = prompts().map((prompt) => ({ prompt, seed: seedOf(prompt) }));
  for (const [at, start] of starts.entries()) {
    await partial.once(`${name}-pictures-${at}`, async () => {
      const batch = orders.slice(start, start + batchSize);
      const pictures = await drawPictures(pipeline, batch, { steps: pictureSteps, batchSize });
      return pictures.map((picture) => judge.judge(picture));
    });
  }
  await pipeline.dispose();
  return orders.length;
}

/** What is measured so far, from the first prompt on. */
export function drawnSoFar(name: ProviderName, partial: PartialResults): readonly NearestVerdict[] {
  return starts.flatMap((_, at) => partial.kept<NearestVerdict[]>(`${name}-pictures-${at}`) ?? []);
}

/** How many pictures show the same concept in the same scene. */
export function samePictures(some: readonly NearestVerdict[], others: readonly NearestVerdict[]): number {
  return some.filter(({ concept, scene }, at) => others[at]?.concept === concept && others[at]?.scene === scene).length;
}
