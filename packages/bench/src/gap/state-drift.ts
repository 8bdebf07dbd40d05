import {
  type NaturalPromptOption,
  naturalPromptOf,
  type PromptTemplate,
  type RunOptions,
  type TextEncoder,
} from '@mokus/core';
import type { EditCase } from '../data/edit-case.js';
import { cosine } from './cosine.js';

export interface StateOptions extends RunOptions, NaturalPromptOption {
  readonly template?: PromptTemplate | undefined;
}

/** What the unedited model has at the last row of three prompts, each of hiddenSize. */
export interface NaturalStates {
  /** The question's. */
  readonly question: Float32Array;
  /** Of the prompt that names the new answer. */
  readonly newAnswer: Float32Array;
  /** Of the prompt that names the old answer, where the case has one. */
  readonly oldAnswer: Float32Array | undefined;
}

/** Cosines of the question's tapped state with states of the unedited model, in [-1, 1]. */
export interface StateCosines {
  readonly toNew: number;
  readonly toOld: number | undefined;
  /** To the question's own state before the edit: 1 where the edit moved nothing. */
  readonly toBefore: number;
}

/** Reads the unedited model; call it before an edit is applied. */
export async function naturalStates(
  encoder: TextEncoder,
  { request, oldAnswer }: EditCase,
  options: StateOptions = {},
): Promise<NaturalStates> {
  const prompts = [request.question, naturalPromptOf(request.answer, options)];
  if (oldAnswer !== undefined) prompts.push(naturalPromptOf(oldAnswer, options));
  const [question, newAnswer, old] = await tappedStates(encoder, prompts, options);
  return { question: question!, newAnswer: newAnswer!, oldAnswer: old };
}

/**
 * How far the conditioning went: where the state that the image model reads, at the question's last row (which predicts
 * the answer), stands between what it was and what the model has when the new answer is named plainly. An edit that is
 * enough for the next token may move it little, or not towards a state that the image model knows.
 */
export async function stateCosines(
  encoder: TextEncoder,
  { request }: EditCase,
  natural: NaturalStates,
  options: StateOptions = {},
): Promise<StateCosines> {
  const [state] = await tappedStates(encoder, [request.question], options);
  return {
    toNew: cosine(state!, natural.newAnswer),
    toOld: natural.oldAnswer === undefined ? undefined : cosine(state!, natural.oldAnswer),
    toBefore: cosine(state!, natural.question),
  };
}

/** The tapped state at each prompt's last row. */
async function tappedStates(
  encoder: TextEncoder,
  prompts: readonly string[],
  { template, signal }: StateOptions,
): Promise<Float32Array[]> {
  const batch = prompts.map((prompt) => encoder.tokenize(prompt, { template }).ids);
  const rows = batch.map((ids, sequence) => ({ sequence, position: ids.length - 1 }));
  const { hidden } = await encoder.forward({ batch, hidden: rows }, { signal });
  const { hiddenSize } = encoder.info;
  return rows.map((_, row) => hidden.data.slice(row * hiddenSize, (row + 1) * hiddenSize));
}
