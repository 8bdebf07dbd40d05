/**
 * The time of one UltraEdit turn beside a forward and backward pass of the same tokens to the lowest site, in a process of
 * its own: node turn.ts MODEL. Prints one line of JSON.
 */
import type { Cotangents, CotangentsAfter, EditRequest, ForwardResult } from '@mokus/core';
import { presets, secondMoments, selectSites, ultraEdit } from '@mokus/editors';
import { timedTurns, unsatisfied } from '../edit-turns.js';
import { medianTime, type StepTime, stepsOf } from '../step-times.js';
import { subjects } from './subjects.js';

/** Medians, in seconds, of calls made by turns, so that what the machine does meets all alike. */
export interface TurnTimes {
  readonly model: string;
  /** Facts that are edited together. */
  readonly requests: number;
  /** Of all of them, with their answers. */
  readonly tokens: number;
  /** From one evaluation of the objective to the next: capture, solve, changed weights, evaluation. */
  readonly turnSeconds: number;
  /** Cotangents known beforehand: one program, which keeps nothing. */
  readonly forwardBackwardSeconds: number;
  readonly ratio: number;
  /** Cotangents of a loss that is taken of the forward pass, as in training: two programs. */
  readonly forwardLossBackwardSeconds: number;
  readonly ratioWithLoss: number;
}

/** Rounds, after one that warms up: an edit, then passes of both kinds. */
const rounds = 20;
/** Of each edit: as few as everyday edits take. Of each kind of pass as many. */
const turns = 3;

const [name = ''] = process.argv.slice(2);
const open = subjects[name];
if (open === undefined) throw new Error('usage: turn.ts MODEL');
const { model, preset, corpus, plan, combinations, dispose } = await open();
const encoder = 'components' in model ? model.components.textEncoder : model;
const { template = 'pipeline' } = plan;
const settings = presets.ultraEdit[preset as keyof typeof presets.ultraEdit];
const { sites } = settings;
const statistics = await secondMoments(encoder, corpus, { template, sites });

async function timesOf(requests: readonly EditRequest[]): Promise<TurnTimes> {
  const editor = ultraEdit({ ...settings, statistics, maxTurns: turns });
  const encoded = requests.map(({ question, answer }) => encoder.encodeQuestion(question, answer, { template }));
  const batch = encoded.map(({ ids }) => ids);
  const prepared = await unsatisfied.prepare({ encoder, requests, encoded, template });
  const { logitsRows: rows } = prepared;
  const [lowest] = selectSites(encoder, sites);
  const cotangents = async (result: ForwardResult): Promise<Cotangents> => {
    const { logits: values } = await prepared.evaluate(result);
    return { logits: { rows, values } };
  };
  const known = await cotangents(await encoder.forward({ batch, logits: rows }));
  const pass = (given: Cotangents | CotangentsAfter) => () =>
    encoder.capture({ batch, sites: [lowest!.id], rows, cotangents: given });

  const steps = { turn: [] as StepTime[], pass: [] as StepTime[], withLoss: [] as StepTime[] };
  for (let round = 0; round <= rounds; round++) {
    const made = await timedTurns(encoder, editor, requests, { template });
    const passes = await stepsOf(turns, pass(known));
    const withLoss = await stepsOf(turns, pass({ logits: rows, after: cotangents }));
    if (round === 0) continue;
    steps.turn.push(...made);
    steps.pass.push(...passes);
    steps.withLoss.push(...withLoss);
  }
  const { seconds: turnSeconds } = medianTime(steps.turn);
  const { seconds: forwardBackwardSeconds } = medianTime(steps.pass);
  const { seconds: forwardLossBackwardSeconds } = medianTime(steps.withLoss);
  return {
    model: name,
    requests: requests.length,
    tokens: batch.reduce((sum, { length }) => sum + length, 0),
    turnSeconds,
    forwardBackwardSeconds,
    ratio: turnSeconds / forwardBackwardSeconds,
    forwardLossBackwardSeconds,
    ratioWithLoss: turnSeconds / forwardLossBackwardSeconds,
  };
}

const times: TurnTimes[] = [];
for (const count of [1, 10]) {
  times.push(await timesOf(combinations[0]!.cases.slice(0, count).map(({ request }) => request)));
}
await dispose();
console.log(JSON.stringify(times));
