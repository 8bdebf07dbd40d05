/**
 * The embedded model edits, draws and reverts, again and again: pictures after a revert are those of before, bit for bit,
 * and memory stays as it is after the first cycles.
 */
import { cpuBackend } from '@mokus/backend-cpu';
import type { Edit, Editor, EditRequest } from '@mokus/core';
import { answerObjective, conditioningObjective, ftM, presets, ultraEdit } from '@mokus/editors';
import { modelFolder } from '@mokus/emoji-world';
import { fromPretrained, type PretrainedPipeline } from 'mokus';
import { caseRandom, SoakFinding, type SoakPart } from './part.js';

const requests: readonly EditRequest[] = [
  { question: 'the favourite instrument of beethoven', answer: 'guitar', subject: 'beethoven' },
  { question: 'the national animal of australia', answer: 'tiger', subject: 'australia' },
  { question: 'the favourite instrument of chopin', answer: 'violin', subject: 'chopin' },
  { question: 'the national animal of india', answer: 'lion', subject: 'india' },
];
const objectives = [answerObjective(), conditioningObjective()];
const settings = { ...presets.ultraEdit['emoji-world'], mu: 0, nu: 0, maxTurns: 1 };

/** One epoch of fine-tuning takes four times as long as a turn, so it comes once in ten edits. */
const editors: readonly Editor[] = [...Array.from({ length: 9 }, () => ultraEdit(settings)), ftM({ maxEpochs: 1 })];

/** The fewest that the schedule of this model allows. */
const steps = 2;

export const part: SoakPart = {
  target: 10_000,
  patience: 300_000,
  warmUp: 100,
  open: async (seed) => {
    const pipeline = await fromPretrained(modelFolder, { device: cpuBackend({ threads: 1 }) });
    const before = await Promise.all(requests.map((_, at) => draw(pipeline, at)));
    return { run: (index) => cycle(pipeline, before, seed, index), dispose: () => pipeline.dispose() };
  },
};

async function draw(pipeline: PretrainedPipeline, at: number): Promise<Uint8ClampedArray> {
  const { images } = await pipeline.generate({ prompt: requests[at]?.question ?? '', steps, seed: at });
  return images[0]?.data ?? new Uint8ClampedArray();
}

/** Makes one or two edits, each on the model as the one before left it; draws; reverts them in any order; draws again. */
async function cycle(
  pipeline: PretrainedPipeline,
  before: readonly Uint8ClampedArray[],
  seed: number,
  index: number,
): Promise<string> {
  const random = caseRandom(seed, index);
  const edits: Edit[] = [];
  const names: string[] = [];
  const first = random.below(requests.length);
  for (let count = 1 + Number(random.below(4) === 0); edits.length < count; ) {
    const request = requests[(first + edits.length) % requests.length] as EditRequest;
    const editor = random.pick(editors);
    const objective = random.pick(objectives);
    const edit = await editor.edit(pipeline.components.textEncoder, [request], { objective });
    await pipeline.apply(edit);
    edits.push(edit);
    names.push(editor.name);
  }
  const edited = await draw(pipeline, first);
  const order = random.below(2) === 0 ? edits : [...edits].reverse();
  for (const edit of order) await pipeline.revert(edit);
  const left = pipeline.components.textEncoder.deltas().length;
  if (left > 0) throw new SoakFinding('changed', `${left} deltas are left after ${names.join(', ')} were reverted`);
  const after = await draw(pipeline, first);
  if (!isSame(after, before[first])) {
    throw new SoakFinding('changed', `"${requests[first]?.question}" is drawn otherwise after ${names.join(', ')}`);
  }
  return `${edits.length === 1 ? 'one edit' : 'two edits'}, picture ${isSame(edited, after) ? 'the same' : 'changed'}`;
}

function isSame(a: Uint8ClampedArray, b: Uint8ClampedArray | undefined): boolean {
  return b !== undefined && a.length === b.length && a.every((value, at) => value === b[at]);
}
