import type { EditorVariant, VariantEditor } from '@mokus/bench';
import { pictureObjective } from '@mokus/concepts';
import {
  type EditObjective,
  type Editor,
  type Json,
  MokusError,
  type ProgressListener,
  type PromptTemplate,
  type TextEncoder,
  type TextToImagePipeline,
} from '@mokus/core';
import {
  alphaEdit,
  answerObjective,
  conditioningObjective,
  createLifelongState,
  type EasyEditChoice,
  type FactToken,
  fineTuning,
  ftL,
  ftM,
  type LifelongStateJson,
  loraTuning,
  memit,
  type PromptRows,
  pmet,
  presets,
  proportionalSites,
  rome,
  rowsLike,
  type SiteSelection,
  type SiteStatistics,
  secondMoments,
  type UltraEditSettings,
  ultraEdit,
} from '@mokus/editors';
import { jsonOf } from '../json-of.js';
import type { HparamsFile } from './hparams.js';

/** What editors are made with. */
export interface VariantContext {
  readonly textEncoder: TextEncoder;
  /** Names settings in `presets`; an editor without such settings takes its defaults. */
  readonly preset: string | undefined;
  /** Prompts of the general corpus, for C. None: editors that can do without do. */
  readonly corpus: readonly string[];
  /** That edits will be made under. Default: 'pipeline'. */
  readonly template?: PromptTemplate | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Hears of C's prompts. */
  readonly onProgress?: ProgressListener | undefined;
}

/** As far as C is concerned: of which sites it is and which rows it counts, and what an editor's settings say of it. */
interface ClosedForm<Settings> {
  /** Where the settings name none. */
  readonly sites?: (encoder: TextEncoder) => SiteSelection;
  readonly rows: (settings: Settings) => PromptRows;
  readonly presets: Readonly<Record<string, Settings>>;
  /** `saved` is what an earlier editor's `save` gave. */
  readonly make: (settings: Settings, statistics: SiteStatistics | undefined, saved: Json | undefined) => VariantEditor;
  /** Whether an editor with these settings carries something from edit to edit. Default: none does. */
  readonly stateful?: (settings: Settings) => boolean;
}

type ClosedFormSettings = { readonly sites?: SiteSelection | undefined; readonly mu?: number | undefined };

/** Editors that search at a token count the rows of general prompts that are like it. */
const rowsOfFactToken = ({ factToken = 'subjectLast' }: { readonly factToken?: FactToken | undefined }): PromptRows =>
  rowsLike(factToken);

/** `own` are settings in place of a preset's: those of the editor that it makes. */
type VariantMaker = (name: string, context: VariantContext, own?: object) => EditorVariant;

const variantMakers: Readonly<Record<EasyEditChoice['editor'] | 'fineTuning', VariantMaker>> = {
  ultraEdit: closedForm({
    rows: () => 'answer',
    presets: presets.ultraEdit,
    make: (settings, statistics, saved) => {
      if (!isLifelong(settings)) return ultraEdit({ ...settings, statistics });
      // Refused by it where it is something else.
      const lifelongState = createLifelongState(saved as LifelongStateJson | undefined);
      return { ...ultraEdit({ ...settings, statistics, lifelongState }), save: () => lifelongState.toJSON() };
    },
    stateful: isLifelong,
  }),
  memit: closedForm({
    sites: (encoder) => proportionalSites(encoder, 4, 8),
    rows: rowsOfFactToken,
    presets: presets.memit,
    make: (settings, statistics) => memit({ ...settings, statistics: ridgeOf('memit', settings, statistics) }),
  }),
  pmet: closedForm({
    sites: (encoder) => proportionalSites(encoder, 4, 8),
    rows: rowsOfFactToken,
    presets: presets.pmet,
    make: (settings, statistics) => pmet({ ...settings, statistics: ridgeOf('pmet', settings, statistics) }),
  }),
  alphaEdit: closedForm({
    sites: (encoder) => proportionalSites(encoder, 4, 8),
    rows: rowsOfFactToken,
    presets: presets.alphaEdit,
    make: (settings, statistics) => {
      if (statistics !== undefined) return alphaEdit({ ...settings, statistics });
      throw withoutCorpus('alphaEdit', 'the null space that it writes in');
    },
  }),
  rome: closedForm({
    sites: (encoder) => proportionalSites(encoder, 5, 5),
    rows: rowsOfFactToken,
    presets: presets.rome,
    // Without statistics its own ridge is the identity, unless that is told to be 0.
    make: (settings, statistics) =>
      rome({ ...settings, statistics: ridgeOf('rome', { lambda: settings.lambda ?? 1 }, statistics) }),
  }),
  fineTuning: tuned(presets.fineTuning, fineTuning),
  loraTuning: tuned(presets.loraTuning, loraTuning),
  ftL: tuned(presets.ftL, ftL),
  ftM: tuned(presets.ftM, ftM),
};

/** What `editorVariants` takes. */
export const editorNames: readonly string[] = Object.keys(variantMakers);

const objectiveMakers: Readonly<Record<string, (pipeline: TextToImagePipeline) => EditObjective>> = {
  answer: () => answerObjective(),
  conditioning: () => conditioningObjective(),
  picture: (pipeline) => pictureObjective(pipeline, { answer: answerObjective() }),
};

/** What `objectivesNamed` takes. */
export const objectiveNames: readonly string[] = Object.keys(objectiveMakers);

/** Names that a user gives before there is a model. */
export interface VariantNames {
  readonly editors: readonly string[];
  readonly objectives: readonly string[];
  readonly preset?: string | undefined;
}

/** Throws MokusError `input` for a name that is unknown: before a model is loaded. */
export function requireVariants({ editors, objectives, preset }: VariantNames): void {
  for (const name of editors) known('editors', variantMakers, name);
  for (const name of objectives) known('objectives', objectiveMakers, name);
  if (preset !== undefined) known('presets', Object.assign({}, ...Object.values(presets)), preset);
}

/**
 * Editors by their names in `@mokus/editors`, with the preset's settings and C over the corpus, for `compareEditors`.
 * Throws MokusError `input` for a name that is unknown.
 */
export function editorVariants(names: readonly string[], context: VariantContext): EditorVariant[] {
  return names.map((name) => editorVariant(name, context));
}

/** One of {@link editorVariants}. */
export function editorVariant(name: string, context: VariantContext): EditorVariant {
  return known('editors', variantMakers, name)(name, context);
}

/** The editor of one of EasyEdit's files, with C over the corpus. */
export function hparamsVariant({ name, choice, values }: HparamsFile, context: VariantContext): EditorVariant {
  const variant = variantMakers[choice.editor](name, { ...context, preset: undefined }, choice.settings);
  // Its sites may be a function, of which options say nothing; the file says all.
  return { ...variant, options: jsonOf({ ...(variant.options as object), hparams: values }) };
}

/**
 * Objectives (answer, conditioning, picture) for edits of the pipeline's text encoder, for `compareEditors`. Throws
 * MokusError `input` for a name that is unknown.
 */
export function objectivesNamed(names: readonly string[], pipeline: TextToImagePipeline): EditObjective[] {
  return names.map((name) => objectiveNamed(name, pipeline));
}

/** One of {@link objectivesNamed}. */
export function objectiveNamed(name: string, pipeline: TextToImagePipeline): EditObjective {
  return known('objectives', objectiveMakers, name)(pipeline);
}

function known<Value>(field: string, values: Readonly<Record<string, Value>>, name: string): Value {
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  if (value !== undefined) return value;
  const message = `'${name.slice(0, 100)}' is none of the ${field} ${Object.keys(values).join(', ')}`;
  throw new MokusError('input', message, { field });
}

/** An editor that solves in closed form, with C of the corpus where there is one. */
function closedForm<Settings extends ClosedFormSettings>(form: ClosedForm<Settings>): VariantMaker {
  return (name, { textEncoder, preset, corpus, template, signal, onProgress }, own) => {
    const hasCorpus = corpus.length > 0;
    // Without a corpus there is no C to weigh. Every setting is optional, so what is left out is no loss.
    const chosen = own ?? settingsOf(form.presets, preset);
    const settings = { ...chosen, ...(hasCorpus ? {} : { mu: 0 }) } as Settings;
    let statistics: Promise<SiteStatistics> | undefined;
    return {
      name,
      // Also says of which prompts C is.
      options: jsonOf({ ...settings, preset, corpus: hasCorpus ? corpus : undefined }),
      stateful: form.stateful?.(settings) ?? false,
      create: async (saved) => {
        if (!hasCorpus) return form.make(settings, undefined, saved);
        const sites = settings.sites ?? form.sites?.(textEncoder);
        const rows = form.rows(settings);
        statistics ??= secondMoments(textEncoder, corpus, { sites, rows, template, signal, onProgress });
        return form.make(settings, await statistics, saved);
      },
    };
  };
}

/** Its normaliser has seen all edits before. */
function isLifelong({ normalisation }: UltraEditSettings): boolean {
  return normalisation === 'lifelong';
}

/** Throws MokusError `input` without a corpus where C alone keeps the ridge from being singular. */
function ridgeOf(
  name: string,
  { lambda = 0 }: { readonly lambda?: number | undefined },
  statistics: SiteStatistics | undefined,
): SiteStatistics | undefined {
  if (statistics === undefined && lambda === 0) throw withoutCorpus(name, 'the ridge that holds what is to stay');
  return statistics;
}

function withoutCorpus(name: string, what: string): MokusError {
  const message = `${name} needs a general corpus of prompts, for ${what}; give one as corpus`;
  return new MokusError('input', message, { field: 'corpus' });
}

/** An editor that trains. */
function tuned<Settings extends object>(
  ownPresets: Readonly<Record<string, Settings>>,
  make: (settings?: Settings) => Editor,
): VariantMaker {
  return (name, { preset }, own) => {
    const settings = (own as Settings | undefined) ?? settingsOf(ownPresets, preset);
    return { name, options: jsonOf({ ...settings, preset }), create: () => make(settings) };
  };
}

/** Those of the preset; undefined where the editor has none of that name. */
function settingsOf<Settings>(
  own: Readonly<Record<string, Settings>>,
  preset: string | undefined,
): Settings | undefined {
  return preset !== undefined && Object.hasOwn(own, preset) ? own[preset] : undefined;
}
