import {
  type EditObjective,
  type Editor,
  type Json,
  MokusError,
  type NaturalPromptOption,
  type PromptTemplate,
  requireKnown,
  requireNaturalPrompt,
  requireNumber,
  type TextEncoder,
  type TextToImagePipeline,
} from '@mokus/core';
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

const retentionModes: readonly string[] = ['sequential', 'joint'] satisfies RetentionMode[];

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

const planFields: Readonly<Record<keyof ComparePlan, true>> = {
  editors: true,
  objectives: true,
  cases: true,
  template: true,
  naturalPrompt: true,
  fluencyTokens: true,
  oneByOne: true,
  retention: true,
  pictures: true,
};

const pictureFields: Readonly<Record<keyof PicturePlan, true>> = {
  seeds: true,
  scorer: true,
  shown: true,
  velocity: true,
  model: true,
  steps: true,
  guidance: true,
  height: true,
  width: true,
  recall: true,
  negativePrompt: true,
  batchSize: true,
};

const retentionFields: Readonly<Record<keyof RetentionPlan, true>> = { counts: true, modes: true, pictureCases: true };

/** Throws MokusError `input` naming the field: one that is unknown, nothing to compare, a name twice, a number out of range, pictures without a pipeline. */
export function checkPlan(plan: ComparePlan, model: TextToImagePipeline | TextEncoder): void {
  const { editors, objectives, cases, retention, pictures } = plan;
  requireKnown('compareEditors', plan, planFields);
  requireKnown('compareEditors: pictures', pictures ?? {}, pictureFields);
  requireKnown('compareEditors: retention', retention ?? {}, retentionFields);
  requireNames(
    'editors',
    editors.map(({ name }) => name),
  );
  requireNames(
    'objectives',
    objectives.map(({ name }) => name),
  );
  requireNames(
    'cases',
    cases.map(({ id }) => id),
  );
  const refuse = (field: string, message: string): never => {
    throw new MokusError('input', `compareEditors: ${field} ${message}`, { field });
  };
  if (pictures !== undefined && !('components' in model))
    refuse('pictures', 'need a pipeline, not an encoder alone; give one, or leave them out');
  if (pictures?.seeds?.length === 0) refuse('pictures.seeds', 'are none; leave them out for [0]');
  const { counts = [], modes = ['sequential'] } = retention ?? {};
  for (const [at, count] of counts.entries()) {
    const isAscending = count > (counts[at - 1] ?? 0);
    if (Number.isSafeInteger(count) && isAscending && count <= cases.length) continue;
    refuse('retention.counts', `are ascending numbers from 1 to ${cases.length}, the cases; got ${counts.join(', ')}`);
  }
  const unknown = modes.find((mode) => !retentionModes.includes(mode));
  if (unknown !== undefined) refuse('retention.modes', `are ${retentionModes.join(' or ')}, got '${unknown}'`);
  if (new Set(modes).size !== modes.length) refuse('retention.modes', 'name one twice; leave one out');
  if (plan.naturalPrompt !== undefined) requireNaturalPrompt('compareEditors', plan.naturalPrompt);
  const numbers: Readonly<Record<string, number | undefined>> = {
    fluencyTokens: plan.fluencyTokens,
    'pictures.shown': pictures?.shown,
    'retention.pictureCases': retention?.pictureCases,
  };
  for (const [field, value = 0] of Object.entries(numbers)) {
    requireNumber('compareEditors', field, value, { atLeast: 0, integer: true });
  }
}

function requireNames(field: string, names: readonly string[]): void {
  if (names.length === 0)
    throw new MokusError('input', `compareEditors: there are no ${field}; give one at least`, { field });
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice === undefined) return;
  throw new MokusError(
    'input',
    `compareEditors: two ${field} are called '${twice.slice(0, 100)}'; give each a name of its own`,
    { field },
  );
}
