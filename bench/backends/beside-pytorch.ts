import { readFileSync } from 'node:fs';
import type { Backend } from '@mokus/core';
import { ultraEdit } from '@mokus/editors';
import { timedTurns } from '../edit-turns.js';
import { medianTime } from '../step-times.js';
import { plannedFacts } from './chain.js';
import { openLayers, timeBlocks, vocabulary } from './full-width.js';

/** What tools/backends/pytorch.py writes. */
export interface PytorchTimes {
  readonly device: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly sizes: {
    readonly blocks: number;
    readonly layers: number;
    /** Height and width, in tokens. */
    readonly grid: readonly [number, number];
    readonly textTokens: number;
    /** Of the formatted question with its answer. */
    readonly questionTokens: number;
    readonly vocabulary: number;
    readonly samples: number;
  };
  readonly ditStepSeconds: number;
  readonly forwardBackwardSeconds: number;
  readonly ceilings: { readonly copyBytesPerSecond: number; readonly matrixOperationsPerSecond: number };
}

/** The same shapes on one GPU, in Mokus and in PyTorch. Ratios: how many times as long Mokus takes; null is not measured. */
export interface BesidePytorch {
  readonly ditStepVsDiffusers: number | null;
  readonly ultraeditVsPytorch: number | null;
  readonly mokus: { readonly ditStepSeconds: number; readonly turnSeconds: number } | null;
  readonly pytorch: PytorchTimes | null;
}

export const notBesidePytorch: BesidePytorch = {
  ditStepVsDiffusers: null,
  ultraeditVsPytorch: null,
  mokus: null,
  pytorch: null,
};

/**
 * Times a step of the transformer's blocks, and a turn of UltraEdit with one fact on the text encoder's layers, at the sizes
 * of PyTorch's side. Throws for sizes that Mokus's side cannot take.
 *
 * @param file that tools/backends/pytorch.py wrote on this GPU
 */
export async function measureBesidePytorch(file: string, backend: Backend): Promise<BesidePytorch> {
  const pytorch = JSON.parse(readFileSync(file, 'utf8')) as PytorchTimes;
  const { sizes } = pytorch;
  if (sizes.vocabulary !== vocabulary)
    throw new Error(`the vocabulary is ${vocabulary} here, ${sizes.vocabulary} there`);
  const [height, width] = sizes.grid;
  const { seconds: ditStepSeconds } = await timeBlocks(backend, { ...sizes, grid: { height, width } });
  const turnSeconds = await timeTurn(backend, sizes);
  return {
    ditStepVsDiffusers: ditStepSeconds / pytorch.ditStepSeconds,
    ultraeditVsPytorch: turnSeconds / pytorch.forwardBackwardSeconds,
    mokus: { ditStepSeconds, turnSeconds },
    pytorch,
  };
}

async function timeTurn(backend: Backend, { layers, questionTokens, samples }: PytorchTimes['sizes']): Promise<number> {
  const encoder = await openLayers(backend, layers);
  const [request] = plannedFacts(1);
  const tokens = encoder.encodeQuestion(request!.question, request!.answer).ids.length;
  if (tokens !== questionTokens)
    throw new Error(`the fact has ${tokens} tokens: give pytorch.py questionTokens ${tokens}`);
  // Gate and up projections of every layer there is. The step as published for this model; its normaliser wants more rows
  // than one fact has.
  const editor = ultraEdit({ eta: 1e-6, maxTurns: samples });
  const turns = await timedTurns(encoder, editor, [request!]);
  await encoder.dispose();
  return medianTime(turns).seconds;
}
