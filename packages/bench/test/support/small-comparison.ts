import { answerObjective, conditioningObjective, ftM, presets, ultraEdit } from '@mokus/editors';
import { concepts } from '@mokus/emoji-world';
import { encodePng, readImage } from 'mokus';
import { type ComparePlan, nearestPictureScorer } from '../../src/index.js';
import { type FileCellStore, fileCellStore } from '../../src/node.js';
import { australia, beethoven, side, trainingPictures } from './emoji.js';

const settings = { ...presets.ultraEdit['emoji-world'], mu: 0, nu: 0, maxTurns: 10 };
const shown = ['guitar', 'piano', 'violin', 'trumpet', 'tiger', 'kangaroo', 'lion', 'elephant'];

/** Two editors, two objectives, two cases, one seed, and two edits in a chain: everything that a comparison has. */
export async function smallPlan(): Promise<ComparePlan> {
  const candidates = await trainingPictures(concepts.filter(({ name }) => shown.includes(name)));
  return {
    editors: [
      {
        name: 'UltraEdit',
        options: { maxTurns: settings.maxTurns },
        create: () => ultraEdit(settings),
      },
      { name: 'FT-M', options: { maxEpochs: 3 }, create: () => ftM({ maxEpochs: 3 }) },
    ],
    objectives: [answerObjective(), conditioningObjective()],
    cases: [beethoven, australia],
    fluencyTokens: 8,
    pictures: { steps: 4, seeds: [5], scorer: await nearestPictureScorer({ candidates, side }) },
    retention: { counts: [1, 2] },
  };
}

export function storeIn(folder: string): Promise<FileCellStore> {
  return fileCellStore(folder, {
    encodePicture: encodePng,
    decodePicture: readImage,
  });
}
