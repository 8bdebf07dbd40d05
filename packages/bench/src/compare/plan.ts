import type { EditObjective, Editor, Json, NaturalPromptOption, PromptTemplate } from '@mokus/core';
import type { EditCase } from '../data/edit-case.js';
import type { DrawSettings } from '../pictures/draw.js';
import type { ImageScorer } from '../pictures/image-scorer.js';

/** An editor of a comparison: any, or one that writes down what it carries from edit to edit (keys, statistics). */
export interface VariantEditor extends Editor {
  /**
   * All that it carries, for its variant's `create`. Asked for after each edit of a chain and kept with it, so that an
   * interrupted chain goes on where it stopped.
   */
  readonly save?: (() => Json) | undefined;
}

/** An editor with its settings, under the name that it has in the report. */
export interface EditorVariant {
  readonly name: string;
  /** Its hyper-parameters: another value is another cell. What an edit was made with stands in its provenance too. */
  readonly options?: Json | undefined;
  /**
   * A new editor for each edit that is judged alone, and for each chain of edits: state is carried in a chain only. Called
   * on the unedited model; in a chain that goes on with what an earlier editor's `save` gave.
   */
  readonly create: (saved?: Json) => VariantEditor | Promise<VariantEditor>;
  /** It carries state from edit to edit: an interrupted chain is made again from its start, unless its editors `save`. */
  readonly stateful?: boolean | undefined;
}

/**
 * With `recall` every picture is drawn after the text encoder has said what its prompt refers to (UniKE's
 * reasoning-augmented mode), before and after edits alike; compare without it too.
 */
export interface PicturePlan extends DrawSettings {
  /** Every prompt is drawn from each. Default: [0]. */
  readonly seeds?: readonly number[] | undefined;
  /** Default: none, pictures are drawn and shown but not judged. */
  readonly scorer?: ImageScorer | undefined;
  /** How many cases' pictures go in the report. Default: 8. */
  readonly shown?: number | undefined;
  /** Measure the velocity error. Default: true. */
  readonly velocity?: boolean | undefined;
  /** Says which image model this is, where a folder of results serves several. */
  readonly model?: string | undefined;
}

export interface RetentionPlan {
  /** Numbers of edits after which everything is measured, ascending: [1, 10, 100]. The first cases are edited. */
  readonly counts: readonly number[];
  /** One after the other, each made on the model as the earlier ones left it, or all in one call. Default: sequential. */
  readonly modes?: readonly RetentionMode[] | undefined;
  /** How many of the edited cases' pictures are drawn, evenly chosen. Default: 20. */
  readonly pictureCases?: number | undefined;
}

export type RetentionMode = 'sequential' | 'joint';

/** Editors x objectives x cases x their prompts x seeds. */
export interface ComparePlan extends NaturalPromptOption {
  readonly editors: readonly EditorVariant[];
  readonly objectives: readonly EditObjective[];
  readonly cases: readonly EditCase[];
  /** Default: 'pipeline'. */
  readonly template?: PromptTemplate | undefined;
  /** Tokens generated for fluency. Default: 0, none. */
  readonly fluencyTokens?: number | undefined;
  /** Edit each case alone. Default: true. */
  readonly oneByOne?: boolean | undefined;
  /** Many edits at once. Default: not measured. */
  readonly retention?: RetentionPlan | undefined;
  /** Default: with a pipeline, drawn with its own defaults and not judged; with an encoder alone, none. */
  readonly pictures?: PicturePlan | undefined;
}

export const defaultShown = 8;
export const defaultPictureCases = 20;
