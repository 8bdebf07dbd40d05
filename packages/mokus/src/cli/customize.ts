import { rm } from 'node:fs/promises';
import { folderStore } from '@mokus/checkpoint/node';
import { customize } from '@mokus/concepts';
import type { Customization } from '@mokus/core';
import type { CommandDef } from 'citty';
import { requireCustomizationPlace, saveCustomization } from '../customization/save.js';
import type { PretrainedPipeline } from '../pretrained-pipeline.js';
import { chosenEditor, editorArgs, readEditor } from './editor-options.js';
import { learningFolder, pictureArgs, readLearning, trainingArgs, wordArgs, wordsOf } from './learn-options.js';
import { modelArgs, withModel } from './model-options.js';
import { factsArg, textLines } from './read-files.js';
import { cliCommand } from './run-cli.js';

const args = {
  ...wordArgs,
  name: { type: 'string', description: 'What people call it, for the card', valueHint: 'text' },
  ...factsArg,
  ...pictureArgs,
  ...trainingArgs,
  ...editorArgs,
  out: {
    type: 'string',
    default: 'mokus-customization',
    description: 'Folder of LoRA, edit and card',
    valueHint: 'folder',
  },
  ...modelArgs,
} as const;

/** `mokus customize`: learns a concept and binds its facts. Ctrl-C keeps the state of learning, as `mokus learn` does. */
export const customizeCommand: CommandDef = cliCommand(
  { name: 'customize', description: 'Learn a concept and bind what is known of it' },
  args,
  async (given, run) => {
    const choice = await readEditor(given);
    const facts = await textLines(given.facts);
    const { images, learn, prior } = await readLearning(given);
    await requireCustomizationPlace(given.out);
    const state = learningFolder(given.out);
    const subject = { name: given.name, ...wordsOf(given), images, facts };
    const making = async (pipeline: PretrainedPipeline): Promise<Customization> => {
      const how = await chosenEditor(choice, pipeline, run);
      const stored = { ...learn, store: folderStore(state) };
      const made = await customize(pipeline, subject, { ...how, learn: stored, prior, ...run });
      await saveCustomization(given.out, made, run);
      return made;
    };
    const { card } = await withModel(given, run, making, choice.roles);
    await rm(state, { recursive: true, force: true });
    return { text: given.out, json: { customization: given.out, card } };
  },
  { goesOn: true },
);
