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

/** Names and questions in turn, decided by the seed: any few from the start are of both kinds. */
function prompts(): readonly string[] {
  const half = pictureCount / 2;
  const names = sample(oneTokenNames(world), half, seededNoise(benchSeed));
  const cases = sample(planCases(world, benchSize, benchSeed), half, seededNoise(benchSeed));
  return names.flatMap((name, at) => [namePrompt(name), cases[at]!.question]);
}

/**
 * The training pictures that are nearest to what each prompt draws. Goes on where an earlier run stopped, and ends before
 * its time is over: with fewer pictures then.
 */
export async function measurePictures(
  name: ProviderName,
  partial: PartialResults,
  seconds: number,
): Promise<readonly NearestVerdict[]> {
  const judge = await nearestPicture();
  const pipeline = await fromPretrained(modelFolder, { device: openBackend(name) });
  const orders = prompts().map((prompt) => ({ prompt, seed: seedOf(prompt) }));
  const verdicts: NearestVerdict[] = [];
  const started = performance.now();
  let longest = 0;
  for (let start = 0; start < orders.length; start += batchSize) {
    if ((performance.now() - started) / 1000 + longest > seconds) break;
    const before = performance.now();
    const batch = await partial.once(`${name}-pictures-${start / batchSize}`, async () => {
      const drawn = await drawPictures(pipeline, orders.slice(start, start + batchSize), {
        steps: pictureSteps,
        batchSize,
      });
      return drawn.map((picture) => judge.judge(picture));
    });
    longest = Math.max(longest, (performance.now() - before) / 1000);
    verdicts.push(...batch);
  }
  await pipeline.dispose();
  return verdicts;
}

/** How many pictures show the same concept in the same scene. */
export function samePictures(some: readonly NearestVerdict[], others: readonly NearestVerdict[]): number {
  return some.filter(({ concept, scene }, at) => others[at]?.concept === concept && others[at]?.scene === scene).length;
}
