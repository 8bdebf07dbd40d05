/**
 * The time of one UltraEdit turn beside one forward and backward pass of the same tokens to the lowest site, in a process
 * of its own: node turn.ts MODEL. Prints one line of JSON.
 */
import type { EditRequest } from '@mokus/core';
import { answerObjective, presets, secondMoments, selectSites, ultraEdit } from '@mokus/editors';
import { median } from '../averages.js';
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
const samples = 5;
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
// Never satisfied, so every turn is made.
const objective = answerObjective({ stopLoss: 0 });

/** Seconds between the evaluations of the objective. */
async function turnsOf(requests: readonly EditRequest[]): Promise<number[]> {
  const seconds: number[] = [];
  const editor = ultraEdit({ ...settings, statistics, maxTurns: turns });
  for (let edit = 0; edit <= samples; edit++) {
    const marks: number[] = [];
    await editor.edit(encoder, requests, {
      objective,
      template,
      onProgress: (event) => {
        if (event.kind === 'edit') marks.push(performance.now());
      },
    });
    if (edit > 0) seconds.push(...marks.slice(1).map((mark, at) => (mark - marks[at]!) / 1000));
  }
  return seconds;
}

/** Seconds of passes that compute every logit that the objective reads, and go back to the lowest site. */
async function passesOf(requests: readonly EditRequest[]): Promise<number[]> {
  const encoded = requests.map(({ question, answer }) => encoder.encodeQuestion(question, answer, { template }));
  const batch = encoded.map(({ ids }) => ids);
  const prepared = await objective.prepare({ encoder, requests, encoded, template });
  const { logitsRows: rows } = prepared;
  const value = await prepared.evaluate(await encoder.forward({ batch, logits: rows }));
  const [lowest] = selectSites(encoder, sites);
  const seconds: number[] = [];
  for (let pass = 0; pass <= samples * turns; pass++) {
    const started = performance.now();
    await encoder.capture({ batch, sites: [lowest!.id], rows, cotangents: { logits: { rows, values: value.logits } } });
    if (pass > 0) seconds.push((performance.now() - started) / 1000);
  }
  return seconds;
}

const times: TurnTimes[] = [];
for (const count of [1, 10]) {
  const requests = combinations[0]!.cases.slice(0, count).map(({ request }) => request);
  const turnSeconds = median(await turnsOf(requests))!;
  const forwardBackwardSeconds = median(await passesOf(requests))!;
  const tokens = requests.reduce(
    (sum, { question, answer }) => sum + encoder.encodeQuestion(question, answer, { template }).ids.length,
    0,
  );
  const ratio = turnSeconds / forwardBackwardSeconds;
  times.push({ model: name, requests: count, tokens, turnSeconds, forwardBackwardSeconds, ratio });
}
await dispose();
console.log(JSON.stringify(times));
