import { learnConcept } from '@mokus/concepts';
import type { EditRequest } from '@mokus/core';
import { presets, ultraEdit } from '@mokus/editors';
import { modelFolder } from '@mokus/emoji-world';
import { fromPretrained, type PretrainedPipeline } from 'mokus';
import { timedTurns } from '../edit-turns.js';
import { benchSeed, benchSize, planCases } from '../emoji-world/plan.js';
import { world } from '../emoji-world/world.js';
import type { PartialResults } from '../partial-results.js';
import { medianTime, StepClock, type StepTime } from '../step-times.js';
import { openBackend, type ProviderName } from './providers.js';

/** Steps, turns: the first is not timed, it compiles what the others run. */
const steps = 3;

/** A step of each part of the chain on the embedded model. */
export const chainParts = ['denoisingStep', 'ultraEditOneFact', 'loraStep', 'ultraEditHundredFacts'] as const;
export type ChainPart = (typeof chainParts)[number];

const measures: Readonly<Record<ChainPart, (pipeline: PretrainedPipeline) => Promise<StepTime>>> = {
  denoisingStep: timeDenoising,
  ultraEditOneFact: (pipeline) => timeTurns(pipeline, 1),
  ultraEditHundredFacts: (pipeline) => timeTurns(pipeline, 100),
  loraStep: timeLearning,
};

/** Times each part on one pipeline: most of a software driver's time goes into compiling. Goes on where it stopped. */
export async function measureChain(name: ProviderName, partial: PartialResults): Promise<void> {
  const pipeline = await fromPretrained(modelFolder, { device: openBackend(name) });
  for (const part of chainParts) await partial.once(`${name}-${part}`, () => measures[part](pipeline));
  await pipeline.dispose();
}

export async function timeDenoising(pipeline: PretrainedPipeline): Promise<StepTime> {
  const clock = new StepClock();
  await pipeline.generate({ prompt: 'draw a owl', steps: steps + 1, onStepEnd: () => clock.mark() });
  return medianTime(clock.steps);
}

/** The first facts of the transfer benchmark, with their new answers. */
export function plannedFacts(count: number): readonly EditRequest[] {
  return planCases(world, benchSize, benchSeed)
    .slice(0, count)
    .map(({ question, newAnswer }) => ({ question, answer: newAnswer }));
}

/** Of a turn of UltraEdit, on so many facts together. */
export async function timeTurns({ components }: PretrainedPipeline, facts: number): Promise<StepTime> {
  const editor = ultraEdit({ ...presets.ultraEdit['emoji-world'], mu: 0, nu: 0, maxTurns: steps - 1 });
  return medianTime(await timedTurns(components.textEncoder, editor, plannedFacts(facts)));
}

/** One picture, without a prior. */
export async function timeLearning(pipeline: PretrainedPipeline): Promise<StepTime> {
  const { width, height } = { width: 64, height: 64 };
  const image = { width, height, data: new Uint8ClampedArray(4 * width * height).fill(128) };
  const clock = new StepClock();
  await learnConcept(
    pipeline,
    { anchor: 'sks', className: 'animal', images: [{ image }], prior: [] },
    {
      steps,
      batchSize: 1,
      onProgress: ({ kind }) => {
        if (kind === 'learn') clock.mark();
      },
    },
  );
  return medianTime(clock.steps);
}
