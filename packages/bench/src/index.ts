export { type CellStore, memoryCellStore } from './compare/cell-store.js';
export { type CompareOptions, compareEditors } from './compare/compare-editors.js';
export type * from './compare/comparison.js';
export type {
  ComparePlan,
  EditorVariant,
  PicturePlan,
  RetentionMode,
  RetentionPlan,
  VariantEditor,
} from './compare/plan.js';
export { summarise as summariseEdits } from './compare/summary.js';
export * from './data/counterfact.js';
export * from './data/edit-case.js';
export * from './data/read-cases.js';
export * from './data/unike.js';
export * from './data/zsre.js';
export {
  type NaturalStates,
  naturalStates,
  type StateCosines,
  type StateOptions,
  stateCosines,
} from './gap/state-drift.js';
export * from './gap/velocity-error.js';
export * from './knowcus/benchmark.js';
export * from './knowcus/clip-measures.js';
export { knowCusTable } from './knowcus/knowcus-table.js';
export * from './knowcus/masked-nearest.js';
export * from './knowcus/metrics.js';
export * from './knowcus/run-knowcus.js';
export * from './knowcus/summary.js';
export { type ClipPixelOptions, clipPixels } from './pictures/clip-pixels.js';
export * from './pictures/clip-scorer.js';
export { type DrawSettings, drawPictures, type PictureOrder } from './pictures/draw.js';
export type * from './pictures/image-scorer.js';
export {
  modalityGap,
  namesAnswer,
  type PictureOutcome,
  type PictureRates,
  type PictureTask,
  pictureRates,
} from './pictures/measure-pictures.js';
export * from './pictures/nearest-picture.js';
export * from './pictures/vision-endpoint.js';
export * from './pictures/vision-judge.js';
export type { TextTable } from './report/columns.js';
export { aligned, comparisonTable } from './report/comparison-table.js';
export * from './text/counterfact-scores.js';
export * from './text/fluency.js';
export * from './text/measure-text.js';
export {
  type AnswerScore,
  agreement,
  predictTokens,
  type ScoreOptions,
  scoreAnswers,
} from './text/score-answers.js';
export * from './wise/records.js';
export * from './wise/run-wise.js';
export * from './wise/score.js';
export * from './wise/wise-table.js';
