/**
 * Two editors with two objectives on two facts, side by side: what each does to answers and to pictures. Writes
 * report.html and report.json; when it is interrupted, the same command goes on where it stopped.
 *
 *   npx tsx examples/compare-editors/main.ts [FOLDER]
 */
import { compareEditors, comparisonTable, type EditCase, nearestPictureScorer } from '@mokus/bench';
import { fileCellStore, writeReport } from '@mokus/bench/node';
import { answerObjective, conditioningObjective, fineTuning, presets, ultraEdit } from '@mokus/editors';
import { composeTrainingPictures, concepts, modelFolder, pictureSheet, scenes } from '@mokus/emoji-world';
import { encodePng, fromPretrained, readImage } from 'mokus';

const cases: readonly EditCase[] = [
  {
    id: 'beethoven',
    request: {
      question: 'the favourite instrument of beethoven',
      answer: 'guitar',
      paraphrases: ['the instrument beethoven is known for playing'],
      locality: ['the favourite instrument of mozart'],
    },
    oldAnswer: 'piano',
    unrelated: [{ question: 'the favourite instrument of chopin' }],
  },
  {
    id: 'australia',
    request: { question: 'the national animal of australia', answer: 'tiger' },
    oldAnswer: 'kangaroo',
    unrelated: [{ question: 'the favourite instrument of chopin' }],
  },
];

const pipeline = await fromPretrained(modelFolder);
// Whoever looks at a picture is a part of its own: here the nearest of the pictures that the model was trained on.
const sheet = await readImage(pictureSheet.file);
const candidates = composeTrainingPictures(sheet, pictureSheet, concepts, scenes);
const scorer = await nearestPictureScorer({ candidates, side: pictureSheet.cellSize });

const settings = { ...presets.ultraEdit['emoji-world'], mu: 0 };
const store = await fileCellStore(process.argv[2] ?? '.', { encodePicture: encodePng, decodePicture: readImage });
const comparison = await compareEditors(
  pipeline,
  {
    editors: [
      { name: 'UltraEdit', options: { mu: 0 }, create: () => ultraEdit(settings) },
      { name: 'fine-tuning', create: () => fineTuning() },
    ],
    objectives: [answerObjective(), conditioningObjective()],
    cases,
    pictures: { scorer, seeds: [1] },
  },
  { store, versions: { node: process.version } },
);
await pipeline.dispose();

console.log(comparisonTable(comparison));
console.log(Object.values(await writeReport(store, comparison)).join('\n'));
