import { defaultNaturalPrompt, type Json, type TextToImagePipeline } from '@mokus/core';
import type { DrawSettings } from '../pictures/draw.js';
import type { Comparison } from './comparison.js';
import type { ComparePlan } from './plan.js';

/** The settings of a plan that are not editors, objectives or cases, with their defaults. */
export function settingsOf(plan: ComparePlan, pipeline: TextToImagePipeline | undefined): Comparison['settings'] {
  const { template = 'pipeline', naturalPrompt = defaultNaturalPrompt, fluencyTokens = 0, pictures = {} } = plan;
  const { seeds = [0], scorer } = pictures;
  return {
    template,
    naturalPrompt,
    fluencyTokens,
    pictures: pipeline && {
      seeds,
      draw: drawRecord(pipeline, drawSettingsOf(plan)),
      scorer: scorer && { name: scorer.name, options: scorer.options },
    },
  };
}

/** How pictures are drawn, as far as the plan says. */
export function drawSettingsOf({ pictures = {} }: ComparePlan): DrawSettings {
  const { steps, guidance, height, width, negativePrompt, batchSize, recall } = pictures;
  return { steps, guidance, height, width, negativePrompt, batchSize, recall };
}

/**
 * How pictures are drawn, for records and for names of parts: what is said, else what the model does by default. A
 * function that joins answers to prompts is known by its text.
 */
export function drawRecord({ defaults }: Pick<TextToImagePipeline, 'defaults'>, said: DrawSettings): Json {
  const { recall } = said;
  const isJoined = typeof recall === 'object' && typeof recall.join === 'function';
  const known = isJoined ? { ...said, recall: { ...recall, join: String(recall.join) } } : said;
  // What is undefined is no setting: it would hide the default.
  const given = Object.entries(known).filter(([, value]) => value !== undefined);
  return jsonOf({ ...defaults, ...Object.fromEntries(given) });
}

/** A value as JSON keeps it, so that what was just computed equals what is read back. */
export function jsonOf(value: unknown): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}
