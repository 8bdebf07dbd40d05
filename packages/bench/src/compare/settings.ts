import type { Json, TextToImagePipeline } from '@mokus/core';
import { defaultNaturalPrompt } from '../gap/state-drift.js';
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
      draw: jsonOf({ ...pipeline.defaults, ...drawSettingsOf(plan), recall: recallOf(plan) }),
      scorer: scorer && { name: scorer.name, options: scorer.options },
    },
  };
}

/** How pictures are drawn, as far as the plan says. */
export function drawSettingsOf({ pictures = {} }: ComparePlan): DrawSettings {
  const { steps, guidance, height, width, negativePrompt, batchSize, recall } = pictures;
  return { steps, guidance, height, width, negativePrompt, batchSize, recall };
}

/** A function that joins answers to prompts is known by its text. */
function recallOf({ pictures = {} }: ComparePlan): unknown {
  const { recall } = pictures;
  if (typeof recall !== 'object' || typeof recall.join !== 'function') return recall;
  return { ...recall, join: recall.join.toString() };
}

/** A value as JSON keeps it, so that what was just computed equals what is read back. */
export function jsonOf(value: unknown): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}
