import { bindFacts } from '@mokus/concepts';
import type { CommandDef } from 'citty';
import { saveEdit } from '../edit-files.js';
import { chosenEditor, editorArgs, requireEditor } from './editor-options.js';
import { wordArgs } from './learn-options.js';
import { inPlaceArgs, modelArgs, putInPlace, withModel } from './model-options.js';
import { textLines } from './read-files.js';
import { cliCommand } from './run-cli.js';

const args = {
  ...wordArgs,
  facts: { type: 'string', required: true, description: 'Sentences or questions, one a line', valueHint: 'file' },
  out: { type: 'string', default: 'mokus-edit.safetensors', description: 'Edit file' },
  ...editorArgs,
  ...inPlaceArgs,
  ...modelArgs,
} as const;

/** `mokus bind`: binds facts to a concept that was learned. */
export const bindCommand: CommandDef = cliCommand(
  { name: 'bind', description: 'Bind facts to a concept: an edit after which stating one shows it' },
  args,
  async (given, run) => {
    requireEditor(given);
    const facts = await textLines(given.facts);
    const words = { anchor: given.anchor, className: given.class };
    const edit = await withModel(given, run, async (pipeline, isEmbedded) => {
      await putInPlace(pipeline, given);
      const how = await chosenEditor(given, pipeline, isEmbedded, run);
      return bindFacts(pipeline, words, facts, { ...how, ...run });
    });
    await saveEdit(given.out, edit);
    const questions = edit.provenance.requests.map(({ question }) => question);
    return { text: given.out, json: { edit: given.out, ...words, questions } };
  },
);
