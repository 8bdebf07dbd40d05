import { modalityGap, type PictureOutcome, pictureRates } from '../pictures/measure-pictures.js';
import { counterFactScores } from '../text/counterfact-scores.js';
import type { TextOutcome } from '../text/measure-text.js';
import { mean } from '../text/score-answers.js';
import type { EditCell, MadeEdit, Rates, VariantSummary } from './comparison.js';

/** The rates over cases: each a mean over the cases that have it. */
export function ratesOf(texts: readonly TextOutcome[], pictures: readonly PictureOutcome[]): Rates {
  const over = (pick: (text: TextOutcome) => number | undefined): number | undefined =>
    mean(texts.flatMap((text) => pick(text) ?? []));
  const textEfficacy = over(({ firstToken }) => Number(firstToken));
  const ofPictures = pictureRates(pictures);
  return {
    textEfficacy,
    reliability: over(({ reliability }) => reliability),
    generalization: over(({ generalization }) => generalization),
    locality: over(({ locality }) => locality),
    portability: over(({ portability }) => portability),
    counterFact: counterFactScores(texts.flatMap(({ contests }) => contests ?? [])),
    fluency: over(({ fluency }) => fluency),
    pictures: ofPictures,
    modalityGap: modalityGap(textEfficacy, ofPictures.efficacy),
  };
}

/** Of the cells of one editor with one objective. */
export function summarise(editor: string, objective: string, cells: readonly EditCell[]): VariantSummary {
  const made = cells.flatMap((cell) => cell.made ?? []);
  const over = (pick: (edit: MadeEdit) => number | undefined): number | undefined =>
    mean(made.flatMap((edit) => pick(edit) ?? []));
  return {
    editor,
    objective,
    edits: made.length,
    failed: cells.length - made.length,
    rates: ratesOf(
      made.map(({ text }) => text),
      made.flatMap(({ pictures }) => pictures),
    ),
    state: {
      before: { toNew: over(({ state }) => state.before.toNew), toOld: over(({ state }) => state.before.toOld) },
      after: { toNew: over(({ state }) => state.after.toNew), toOld: over(({ state }) => state.after.toOld) },
    },
    velocityError: {
      before: over(({ velocityError }) => velocityError?.before),
      after: over(({ velocityError }) => velocityError?.after),
    },
    secondsPerEdit: median(made.map(({ seconds }) => seconds)),
    editBytes: over(({ editBytes }) => editBytes),
  };
}

function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}
