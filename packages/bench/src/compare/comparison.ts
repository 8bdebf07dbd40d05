import type { Json, MokusErrorCode } from '@mokus/core';
import type { StateCosines } from '../gap/state-drift.js';
import type { PictureOutcome, PictureRates } from '../pictures/measure-pictures.js';
import type { CounterFactScores } from '../text/counterfact-scores.js';
import type { TextOutcome } from '../text/measure-text.js';
import type { RetentionMode } from './plan.js';

/** Something that the unedited model and an edited one have. */
export interface BeforeAndAfter<Value> {
  readonly before: Value;
  readonly after: Value;
}

/** A picture of a report. */
export interface ReportedPicture extends PictureOutcome {
  /** Name of the picture in the store; undefined where it was not kept. */
  readonly picture?: string | undefined;
}

/** What the unedited model does with a case. */
export interface BaselineCell {
  readonly case: string;
  readonly text: TextOutcome;
  readonly pictures: readonly ReportedPicture[];
}

export interface CellError {
  readonly code: MokusErrorCode;
  readonly message: string;
}

/** One edit, judged alone. */
export interface EditCell {
  readonly editor: string;
  readonly objective: string;
  readonly case: string;
  /** Why there is no edit. */
  readonly error?: CellError | undefined;
  readonly made?: MadeEdit | undefined;
}

export interface MadeEdit {
  /** Wall time of the editor alone. */
  readonly seconds: number;
  /** Of the factors, or of dense deltas, in fp32. */
  readonly editBytes: number;
  /** Hyper-parameters, from the edit's provenance. */
  readonly options: Json;
  readonly versions: Readonly<Record<string, string>>;
  readonly text: TextOutcome;
  readonly state: BeforeAndAfter<StateCosines>;
  /** Where there is a pipeline. */
  readonly velocityError?: BeforeAndAfter<number> | undefined;
  readonly pictures: readonly ReportedPicture[];
}

/** Rates in [0, 1]; undefined where nothing was there to measure. */
export interface Rates {
  /** Share of edits whose new answer's first token is the most likely one. */
  readonly textEfficacy: number | undefined;
  readonly reliability: number | undefined;
  readonly generalization: number | undefined;
  readonly locality: number | undefined;
  readonly portability: number | undefined;
  readonly counterFact: CounterFactScores;
  /** Bits. */
  readonly fluency: number | undefined;
  readonly pictures: PictureRates;
  /** textEfficacy - pictures.efficacy. */
  readonly modalityGap: number | undefined;
}

/** All of an editor with an objective, each edit judged alone. Rates are over the edits that were made. */
export interface VariantSummary {
  readonly editor: string;
  readonly objective: string;
  readonly edits: number;
  /** Requests that the editor refused or failed on. */
  readonly failed: number;
  readonly rates: Rates;
  /** Means. */
  readonly state: BeforeAndAfter<{ readonly toNew: number | undefined; readonly toOld: number | undefined }>;
  readonly velocityError: BeforeAndAfter<number | undefined>;
  /** Median. */
  readonly secondsPerEdit: number | undefined;
  /** Mean. */
  readonly editBytes: number | undefined;
}

/** Everything measured once, after many edits. */
export interface RetentionCell {
  readonly editor: string;
  readonly objective: string;
  readonly mode: RetentionMode;
  readonly edits: number;
  /** Edits of them that the editor refused or failed on. */
  readonly failed: number;
  readonly error?: CellError | undefined;
  /** Mean wall time of an edit, since the count before this one. */
  readonly secondsPerEdit: number | undefined;
  readonly rates: Rates;
}

/** What `report.json` holds. */
export interface Comparison {
  readonly format: 1;
  readonly model: {
    readonly architecture: string;
    /** sha256 of the text encoder's weights. */
    readonly fingerprint: string;
    readonly hiddenSize: number;
    readonly layers: number;
    readonly imageModel?: string | undefined;
  };
  readonly versions: Readonly<Record<string, string>>;
  readonly settings: {
    readonly template: string;
    readonly naturalPrompt: string;
    readonly fluencyTokens: number;
    readonly pictures?:
      | {
          readonly seeds: readonly number[];
          readonly draw: Json;
          readonly scorer?: { readonly name: string; readonly options: Json } | undefined;
        }
      | undefined;
  };
  readonly editors: readonly { readonly name: string; readonly options: Json }[];
  readonly objectives: readonly { readonly name: string; readonly options: Json }[];
  readonly cases: readonly {
    readonly id: string;
    readonly question: string;
    readonly answer: string;
    readonly oldAnswer?: string | undefined;
  }[];
  readonly summary: readonly VariantSummary[];
  readonly retention: readonly RetentionCell[];
  readonly baselines: readonly BaselineCell[];
  readonly cells: readonly EditCell[];
}
