import type { EditorVariant } from '@mokus/bench';
import type { EditObjective, Editor, RunOptions } from '@mokus/core';
import { generalCorpus } from '@mokus/emoji-world';
import {
  editorNames,
  editorVariant,
  objectiveNamed,
  objectiveNames,
  requireVariants,
  type VariantContext,
} from '../compare/variants.js';
import type { PretrainedPipeline } from '../pretrained-pipeline.js';
import { isEmbedded, type ModelGiven } from './model-options.js';
import type { Given } from './options.js';
import { textLines } from './read-files.js';
import { rolesOfEditors } from './site-roles.js';

/** A name out of some. */
interface NameArg {
  readonly type: 'string';
  readonly default: string;
  readonly description: string;
  readonly valueHint: string;
}

function oneOf(names: readonly string[], chosen: string): NameArg {
  return { type: 'string', default: chosen, description: `One of ${names.join(', ')}`, valueHint: 'name' };
}

/** What editors are set by. */
export const settingArgs = {
  preset: {
    type: 'string',
    description: "Names editors' settings, such as qwen2.5-vl-7b. Default: the embedded model's for it, else none",
    valueHint: 'name',
  },
  corpus: {
    type: 'string',
    description: "Prompts that edits leave alone, one a line. Default: the embedded model's for it, else none",
    valueHint: 'file',
  },
} as const;

/** How a command edits. */
export const editorArgs: { readonly editor: NameArg; readonly objective: NameArg } & typeof settingArgs = {
  editor: oneOf(editorNames, 'ultraEdit'),
  objective: oneOf(objectiveNames, 'conditioning'),
  ...settingArgs,
};

export type EditorSettings = Pick<VariantContext, 'preset' | 'corpus'>;

/** What was chosen, or the embedded model's own where it is the model. */
export async function readSettings(given: Given<typeof settingArgs> & ModelGiven): Promise<EditorSettings> {
  const { preset, corpus } = given;
  const own = isEmbedded(given)
    ? { preset: 'emoji-world', corpus: generalCorpus() }
    : { preset: undefined, corpus: [] };
  return { preset: preset ?? own.preset, corpus: corpus === undefined ? own.corpus : await textLines(corpus) };
}

/** An editor and an objective that there are, with their settings. */
export interface EditorChoice {
  readonly editor: string;
  readonly objective: string;
  readonly settings: EditorSettings;
  /** Of the sites that the settings name. */
  readonly roles: readonly string[];
}

/** Reads the choice before a model is loaded. Throws MokusError `input` for an unknown editor, objective or preset. */
export async function readEditor(given: Given<typeof editorArgs> & ModelGiven): Promise<EditorChoice> {
  const { editor, objective, preset } = given;
  requireVariants({ editors: [editor], objectives: [objective], preset });
  const settings = await readSettings(given);
  return { editor, objective, settings, roles: rolesOfEditors({ editors: [editor], preset: settings.preset }) };
}

/** The editor as it was chosen, not made yet, and the objective. */
export function chosenVariant(
  { editor, objective, settings }: EditorChoice,
  pipeline: PretrainedPipeline,
  run: RunOptions,
): { readonly editor: EditorVariant; readonly objective: EditObjective } {
  const { textEncoder } = pipeline.components;
  return {
    editor: editorVariant(editor, { textEncoder, ...settings, ...run }),
    objective: objectiveNamed(objective, pipeline),
  };
}

/** As {@link chosenVariant}, with the editor made. */
export async function chosenEditor(
  ...chosen: Parameters<typeof chosenVariant>
): Promise<{ readonly editor: Editor; readonly objective: EditObjective }> {
  const { editor, objective } = chosenVariant(...chosen);
  return { editor: await editor.create(), objective };
}
