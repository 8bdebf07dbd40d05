import type { EditorVariant } from '@mokus/bench';
import { type EditObjective, type Editor, MokusError, type RunOptions } from '@mokus/core';
import { generalCorpus } from '@mokus/emoji-world';
import { editorNames, editorVariants, objectiveNames, objectivesNamed, requireVariants } from '../compare/variants.js';
import type { PretrainedPipeline } from '../pretrained-pipeline.js';
import type { Given } from './options.js';
import { textLines } from './read-files.js';

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

export type EditorGiven = Given<typeof editorArgs>;

/** Throws MokusError `input` for an unknown editor, objective or preset: before a model is loaded. */
export function requireEditor({ editor, objective, preset }: EditorGiven): void {
  requireVariants({ editors: [editor], objectives: [objective], preset });
}

/** The settings' name where nothing else is said: the embedded model has its own. */
export function presetOf({ preset }: EditorGiven, isEmbedded: boolean): string | undefined {
  return preset ?? (isEmbedded ? 'emoji-world' : undefined);
}

/** The editor as it was chosen, not made yet, and the objective; with the embedded model's settings where it is the model. */
export async function chosenVariant(
  given: EditorGiven,
  pipeline: PretrainedPipeline,
  isEmbedded: boolean,
  run: RunOptions,
): Promise<{ readonly editor: EditorVariant; readonly objective: EditObjective }> {
  const { corpus } = given;
  const [editor] = editorVariants([given.editor], {
    textEncoder: pipeline.components.textEncoder,
    preset: presetOf(given, isEmbedded),
    corpus: corpus === undefined ? (isEmbedded ? generalCorpus() : []) : await textLines(corpus),
    ...run,
  });
  const [objective] = objectivesNamed([given.objective], pipeline);
  if (editor === undefined || objective === undefined)
    throw new MokusError('input', 'name one editor and one objective');
  return { editor, objective };
}

/** As {@link chosenVariant}, with the editor made. */
export async function chosenEditor(
  ...chosen: Parameters<typeof chosenVariant>
): Promise<{ readonly editor: Editor; readonly objective: EditObjective }> {
  const { editor, objective } = await chosenVariant(...chosen);
  return { editor: await editor.create(), objective };
}
