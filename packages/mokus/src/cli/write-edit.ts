import { dirname } from 'node:path';
import type { Edit, EditObjective, Editor, RunOptions } from '@mokus/core';
import { saveEdit } from '../edit-files.js';
import { makeFolder } from '../make-folder.js';
import type { PretrainedPipeline } from '../pretrained-pipeline.js';
import { chosenEditor, editorArgs, readEditor } from './editor-options.js';
import { inPlaceArgs, modelArgs, putInPlace, withModel } from './model-options.js';
import type { Given } from './options.js';
import type { CliResult, CliRun } from './run-cli.js';

const outArg = {
  out: { type: 'string', default: 'mokus-edit.safetensors', description: 'Edit file', valueHint: 'file' },
} as const;

/** Of a command that makes an edit and writes it to a file. */
export const editArgs: typeof outArg & typeof editorArgs & typeof inPlaceArgs & typeof modelArgs = {
  ...outArg,
  ...editorArgs,
  ...inPlaceArgs,
  ...modelArgs,
};

/** With what an edit is made. */
export interface EditHow extends RunOptions {
  readonly editor: Editor;
  readonly objective: EditObjective;
}

/** Makes an edit, with what is to be in place in place, and saves it. */
export async function writeEdit(
  given: Given<typeof editArgs>,
  run: CliRun,
  make: (pipeline: PretrainedPipeline, how: EditHow) => Promise<Edit>,
): Promise<CliResult> {
  const choice = await readEditor(given);
  await makeFolder(dirname(given.out));
  const making = async (pipeline: PretrainedPipeline): Promise<Edit> => {
    await putInPlace(pipeline, given, run);
    return make(pipeline, { ...(await chosenEditor(choice, pipeline, run)), ...run });
  };
  const edit = await withModel(given, run, making, choice.roles);
  await saveEdit(given.out, edit, run);
  return { text: given.out, json: { edit: given.out, requests: edit.provenance.requests } };
}
