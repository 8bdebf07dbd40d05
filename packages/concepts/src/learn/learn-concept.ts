import {
  Adam,
  type ByteStore,
  type ConceptWords,
  type DeltaSite,
  type LoraAdapter,
  MokusError,
  type RawImage,
  requirePipeline,
  seededNoise,
  type TextToImagePipeline,
  throwIfCancelled,
} from '@mokus/core';
import { segmentsOf } from '../segments.js';
import { withAdapter } from '../with-adapter.js';
import { warnOfWords } from '../words.js';
import { decodeLearningState, encodeLearningState, learningFile } from './learning-state.js';
import { LoraParameters } from './lora-parameters.js';
import {
  type ConceptToLearn,
  fillWords,
  type LearnOptions,
  type LearnSamples,
  promptsOf,
  requireConcept,
  resolveLearnSettings,
} from './options.js';
import { describeRun } from './run-description.js';
import { drawBatch } from './training-batch.js';
import { trainingPool } from './training-pool.js';

/**
 * Visual concept learning (MoKus, stage 1): a LoRA on the transformer's self-attention, trained as a rectified flow, ties
 * pictures to the anchor, while half of each batch is the model's own pictures of other names. It is learned on top of the
 * edits and adapters that act now, and is not loaded: that is `pipeline.addAdapter`.
 *
 * Deterministic for its inputs, the seed and the number of threads. With a store, a run that was cancelled or ended goes
 * on where it was last kept and comes to the same end as an unbroken one.
 *
 * Throws MokusError `input` naming the option or picture, `site` (an unknown target), `prompt`, `checkpoint` (a kept
 * state that is damaged), `disk` (a state that cannot be kept; the one before stays whole), `edit` (factors that are not
 * finite any more), `cancelled`; the pipeline is as it was then. Warns of a class word that the tokenizer splits badly, and
 * of an anchor that is not rare.
 */
export async function learnConcept(
  pipeline: TextToImagePipeline,
  concept: ConceptToLearn,
  options: LearnOptions = {},
): Promise<LoraAdapter> {
  requirePipeline(pipeline);
  const settings = resolveLearnSettings(options);
  const segments = segmentsOf('learnConcept', options.gradientCheckpointing);
  const { signal, onProgress, store, storeEvery = 100, samples } = options;
  const { dit, textEncoder } = pipeline.components;
  const sites = targetSites(dit.sites, options.targets ?? dit.info.adapterTargets);
  throwIfCancelled(signal, task);
  requireConcept(concept);
  warnOfWords(textEncoder, concept, [...(concept.phrases ?? []), ...promptsOf(concept.prior)], onProgress);
  const { priorShare } = settings;
  const pool = await trainingPool(pipeline, concept, { ...options, priorShare });
  const run = store === undefined ? '' : await describeRun(pipeline, settings, sites, pool);
  const { step: first, parameters, optimiser } = await startingPoint(sites, settings, store, run);
  const keep = async (step: number): Promise<void> => {
    const state = { step, adapter: parameters.adapter(), moments: optimiser.state() };
    await store?.write(learningFile, encodeLearningState(state, run).chunks());
  };
  const { steps, gradientAccumulation, maxGradNorm } = settings;
  let kept = first;
  /** A run that is cancelled keeps the steps that are done; what else failed is thrown as it is. */
  const keepCancelled = async (done: number): Promise<void> => {
    if (signal?.aborted && done > kept) await keep(done);
    throwIfCancelled(signal, task);
  };
  for (let step = first; step < steps; step++) {
    const losses: number[] = [];
    try {
      throwIfCancelled(signal, task);
      const noise = seededNoise(seedOfStep(settings.seed, step));
      const deltas = parameters.deltas();
      for (let pass = 0; pass < gradientAccumulation; pass++) {
        const batch = drawBatch(pool, settings, noise);
        const asked = { ...batch, parameters: deltas, wrt: 'parameters', segments } as const;
        const found = await dit.velocityLoss(asked, { signal });
        parameters.accumulate(found.parameters, 1 / gradientAccumulation);
        losses.push(...found.losses);
      }
    } catch (error) {
      // The factors are still those of the step before.
      await keepCancelled(step);
      throw error;
    }
    parameters.step(optimiser, maxGradNorm);
    const done = step + 1;
    if (done % storeEvery === 0 || done === steps) {
      await keep(done);
      kept = done;
    }
    const loss = losses.reduce((sum, each) => sum + each, 0) / losses.length;
    let drawn: readonly RawImage[] | undefined;
    if (samples !== undefined && done % samples.every === 0) {
      try {
        drawn = await drawSamples(pipeline, parameters.adapter(), concept, samples, signal);
      } catch (error) {
        await keepCancelled(done);
        throw error;
      }
    }
    onProgress?.({ kind: 'learn', step: done, steps, loss, samples: drawn });
  }
  return parameters.adapter();
}

/** For messages. */
const task = 'learning a concept';

/** The sites named by their ids or by how they end, in the model's order. Throws MokusError `site` for one unknown. */
function targetSites(sites: readonly DeltaSite[], targets: readonly string[]): readonly DeltaSite[] {
  const isNamed = ({ id }: DeltaSite, target: string): boolean => id === target || id.endsWith(`.${target}`);
  const unknown = targets.find((target) => !sites.some((site) => isNamed(site, target)));
  if (unknown !== undefined || targets.length === 0) {
    const example = sites.at(-1)?.id ?? 'none';
    throw new MokusError('site', `no layer of the transformer is called "${unknown ?? ''}"; one is "${example}"`, {
      field: 'targets',
    });
  }
  return sites.filter((site) => targets.some((target) => isNamed(site, target)));
}

async function startingPoint(
  sites: readonly DeltaSite[],
  settings: ReturnType<typeof resolveLearnSettings>,
  store: ByteStore | undefined,
  run: string,
): Promise<{ readonly step: number; readonly parameters: LoraParameters; readonly optimiser: Adam }> {
  const { learningRate, weightDecay } = settings;
  const optimiser = new Adam({ learningRate, weightDecay });
  const parameters = LoraParameters.initial(sites, settings);
  const kept = await store?.read(learningFile);
  if (kept === undefined) return { step: 0, parameters, optimiser };
  const state = await decodeLearningState(kept, parameters.adapter(), run);
  if (state.step > settings.steps) {
    const message = `the kept state of learning has ${state.step} steps, more than the ${settings.steps} of this run; ask for as many, or delete it to begin anew`;
    throw new MokusError('input', message, { field: 'steps' });
  }
  optimiser.restore(state.moments);
  return { step: state.step, parameters: new LoraParameters(state.adapter.modules), optimiser };
}

/** A stream of random numbers for each step, so that a run can begin anywhere. Knuth's multiplier spreads the seeds. */
function seedOfStep(seed: number, step: number): number {
  return (Math.imul(seed, 2654435761) + step + 1) >>> 0;
}

async function drawSamples(
  pipeline: TextToImagePipeline,
  adapter: LoraAdapter,
  words: ConceptWords,
  { prompts, seed }: LearnSamples,
  signal: AbortSignal | undefined,
): Promise<readonly RawImage[]> {
  const prompt = prompts.map((each) => fillWords(each, words));
  const { dit } = pipeline.components;
  const { images } = await withAdapter(dit, adapter, () => pipeline.generate({ prompt, seed, signal }));
  return images;
}
