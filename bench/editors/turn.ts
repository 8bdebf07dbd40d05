/**
 * The time of one UltraEdit turn beside one forward and backward pass of the same tokens to the lowest site, in a process
 * of its own: node turn.ts MODEL. Prints one line of JSON.
 */
import type { EditRequest } from '@mokus/core';
import { presets, secondMoments, selectSites, ultraEdit } from '@mokus/editors';
import { timedTurns, unsatisfied } from '../edit-turns.js';
import { medianTime, type StepTime, timeOf } from '../step-times.js';
import { subjects } from './subjects.js';

/** Medians, in seconds. */
export interface TurnTimes {
  readonly model: string;
  /** Facts that are edited together. */
  readonly requests: number;
  /** Of all of them, with their answers. */
  readonly tokens: number;
  /** From one evaluation of the objective to the next: capture, solve, changed weights, evaluation. */
  readonly turnSeconds: number;
  readonly forwardBackwardSeconds: number;
  readonly ratio: number;
}

/** Edits and passes, after one that warms up. */
const samples = 20;
/** Of each edit: as few as everyday edits take. */
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

/** Of a turn. */
async function timeTurns(requests: readonly EditRequest[]): Promise<StepTime> {
  const editor = ultraEdit({ ...settings, statistics, maxTurns: turns });
  const steps: StepTime[] = [];
  for (let edit = 0; edit <= samples; edit++) {
    const made = await timedTurns(encoder, editor, requests, { template });
    if (edit > 0) steps.push(...made);
  }
  return medianTime(steps);
}

/** Of a pass that computes every logit that the objective reads, and goes back to the lowest site. */
async function timePasses(requests: readonly EditRequest[]): Promise<StepTime> {
  const encoded = requests.map(({ question, answer }) => encoder.encodeQuestion(question, answer, { template }));
  const batch = encoded.map(({ ids }) => ids);
  const prepared = await unsatisfied.prepare({ encoder, requests, encoded, template });
  const { logitsRows: rows } = prepared;
  const value = await prepared.evaluate(await encoder.forward({ batch, logits: rows }));
  const [lowest] = selectSites(encoder, sites);
  const cotangents = { logits: { rows, values: value.logits } };
  return timeOf(samples * turns, () => encoder.capture({ batch, sites: [lowest!.id], rows, cotangents }));
}

const times: TurnTimes[] = [];
for (const count of [1, 10]) {
  const requests = combinations[0]!.cases.slice(0, count).map(({ request }) => request);
  const { seconds: turnSeconds } = await timeTurns(requests);
  const { seconds: forwardBackwardSeconds } = await timePasses(requests);
  const tokens = requests.reduce(
    (sum, { question, answer }) => sum + encoder.encodeQuestion(question, answer, { template }).ids.length,
    0,
  );
  const ratio = turnSeconds / forwardBackwardSeconds;
  times.push({ model: name, requests: count, tokens, turnSeconds, forwardBackwardSeconds, ratio });
}
await dispose();
console.log(JSON.stringify(times));
