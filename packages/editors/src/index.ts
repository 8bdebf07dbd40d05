export { type AlphaEditOptions, type AlphaEditSettings, alphaEdit } from './alpha-edit/alpha-edit.js';
export { type EasyEditChoice, type FromEasyEdit, fromEasyEdit } from './easy-edit/from-easy-edit.js';
export { type FineTuningOptions, type FineTuningSettings, fineTuning } from './fine-tuning/fine-tuning.js';
export { type LoraTuningOptions, type LoraTuningSettings, loraTuning } from './fine-tuning/lora-tuning.js';
export {
  type FtLOptions,
  type FtLSettings,
  type FtMOptions,
  type FtMSettings,
  ftL,
  ftM,
} from './fine-tuning/one-layer.js';
export { resolvingJointly } from './joint/resolving-jointly.js';
export type { Contexts, GeneratedContexts } from './locate-then-edit/contexts.js';
export { type FactToken, rowsLike } from './locate-then-edit/fact-token.js';
export type { TargetSearchOptions, TargetSearchSettings } from './locate-then-edit/options.js';
export { type MemitOptions, type MemitSettings, memit } from './memit/memit.js';
export type { CapturedSite, NormalisedSite } from './normalisation/captured-site.js';
export { createLifelongState, LifelongState, type LifelongStateJson } from './normalisation/lifelong.js';
export type { Normalisation } from './normalisation/normalise.js';
export { type AnswerObjectiveOptions, answerObjective } from './objectives/answer.js';
export { type ConditioningObjectiveOptions, conditioningObjective } from './objectives/conditioning.js';
export { type PmetOptions, type PmetSettings, pmet } from './pmet/pmet.js';
export { presets } from './presets/index.js';
export { createKeyHistory, type KeptRidge, KeyHistory, type KeyHistoryJson } from './protection/key-history.js';
export type { HistoryOption, HistorySettings, RidgeOptions, RidgeSettings } from './protection/options.js';
export { type RomeOptions, type RomeSettings, rome } from './rome/rome.js';
export { encodeRequests } from './session/requests.js';
export { type LayerSelection, proportionalSites, type SiteSelection, selectSites } from './session/sites.js';
export type { Ridge } from './solvers/ridge.js';
export type { Spectrum } from './solvers/spectrum.js';
export type { SolveOptions } from './solvers/symmetric-solver.js';
export type { Corpus } from './statistics/corpus.js';
export type { PromptRows } from './statistics/prompt-batches.js';
export { type SecondMomentsOptions, secondMoments } from './statistics/second-moments.js';
export { SiteStatistics, type SiteStatisticsContents } from './statistics/site-statistics.js';
export type { UltraEditOptions, UltraEditSettings } from './ultra-edit/options.js';
export { ultraEdit } from './ultra-edit/ultra-edit.js';
