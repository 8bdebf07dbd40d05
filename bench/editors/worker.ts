/**
 * A process of the editors' benchmark: node worker.ts MODEL INDEX OF FOLDER. Measures every `of`-th case of each
 * combination; finished parts are in the folder, where an interrupted run goes on. Prints what it measured as JSON.
 */
import { compareEditors, type EditCell } from '@mokus/bench';
import { fileCellStore } from '@mokus/bench/node';
import { pictureObjective } from '@mokus/concepts';
import { type EditObjective, MokusError } from '@mokus/core';
import { answerObjective, conditioningObjective } from '@mokus/editors';
import { editorVariants, encodePng, readImage } from 'mokus';
import type { Combination } from './subject.js';
import { subjects } from './subjects.js';

/** What one combination came to, on the cases of one process. */
export interface MeasuredPart {
  readonly combination: Combination;
  readonly cells: readonly EditCell[];
}

const [name = '', index, of, folder = ''] = process.argv.slice(2);
const open = subjects[name];
if (open === undefined) throw new Error('usage: worker.ts MODEL INDEX OF FOLDER');

const subject = await open();
const { model, preset, corpus, plan } = subject;
const textEncoder = 'components' in model ? model.components.textEncoder : model;
const store = await fileCellStore(folder, { encodePicture: encodePng, decodePicture: readImage });

function objectiveOf({ objective, objectiveOptions }: Combination, from: typeof model): EditObjective {
  if (objective === 'answer') return answerObjective();
  if (objective === 'conditioning') return conditioningObjective(objectiveOptions);
  if (!('components' in from)) throw new MokusError('input', 'the picture objective needs a pipeline');
  return pictureObjective(from, { ...objectiveOptions, answer: answerObjective() });
}

// Made once each, so that their second moments are computed once.
const names = [...new Set(subject.combinations.map(({ combination }) => combination.editor))];
const context = { textEncoder, preset, corpus, template: plan.template };
const variants = new Map(editorVariants(names, context).map((variant) => [variant.name, variant]));

const parts: MeasuredPart[] = [];
for (const { combination, cases } of subject.combinations) {
  const own = cases.filter((_, at) => at % Number(of) === Number(index));
  const { cells } = await compareEditors(
    model,
    {
      ...plan,
      editors: [variants.get(combination.editor)!],
      objectives: [objectiveOf(combination, model)],
      cases: own,
    },
    { store },
  );
  parts.push({ combination, cells });
  const done = `${new Date().toISOString().slice(11, 19)} ${combination.editor}, ${combination.objective}`;
  console.error(`${done}: ${cells.filter(({ made }) => made).length} of ${cells.length} edits (${index} of ${of})`);
}
await subject.dispose();
console.log(JSON.stringify(parts));
