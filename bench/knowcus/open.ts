import { drawPrior } from '@mokus/concepts';
import type { TextEncoder } from '@mokus/core';
import { type SiteStatistics, secondMoments } from '@mokus/editors';
import { openEmojiWorld } from '../emoji-world/open.js';
import { questionCorpus } from '../emoji-world/plan.js';
import { steps, world } from '../emoji-world/world.js';
import { secondMomentsCache } from '../second-moments-cache.js';
import { priorPrompts } from './edition.js';
import type { MethodParts } from './methods.js';

/** C over names and questions. */
export function questionStatistics(encoder: TextEncoder): Promise<SiteStatistics> {
  return secondMoments(encoder, questionCorpus(world), { cache: secondMomentsCache });
}

/** The embedded model, and what methods are made with on it. */
export async function openMethods(): Promise<Pick<MethodParts, 'pipeline' | 'statistics' | 'prior'>> {
  const pipeline = await openEmojiWorld();
  const statistics = await questionStatistics(pipeline.components.textEncoder);
  return { pipeline, statistics, prior: await drawPrior(pipeline, priorPrompts, { steps, batchSize: 16 }) };
}
