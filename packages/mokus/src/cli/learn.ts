import { rm } from 'node:fs/promises';
import { folderStore } from '@mokus/checkpoint/node';
import { learnConcept } from '@mokus/concepts';
import type { CommandDef } from 'citty';
import { writeLoraWeights } from '../lora.js';
import { makeFolder } from '../make-folder.js';
import { learningFolder, pictureArgs, readLearning, trainingArgs, wordArgs, wordsOf } from './learn-options.js';
import { modelArgs, withModel } from './model-options.js';
import { cliCommand } from './run-cli.js';

const args = {
  ...wordArgs,
  ...pictureArgs,
  ...trainingArgs,
  out: { type: 'string', default: 'mokus-lora', description: 'Folder of the LoRA', valueHint: 'folder' },
  ...modelArgs,
} as const;

/**
 * `mokus learn`: learns how a concept looks. Ctrl-C keeps the state in OUT.learning, and the same command goes on there; it
 * is removed when the LoRA is written.
 */
export const learnCommand: CommandDef = cliCommand(
  { name: 'learn', description: 'Learn how a concept looks: a LoRA from a few pictures' },
  args,
  async (given, run) => {
    const { images, learn, prior } = await readLearning(given);
    await makeFolder(given.out);
    const state = learningFolder(given.out);
    const words = wordsOf(given);
    await withModel(given, run, async (pipeline) => {
      const concept = { ...words, images, prior };
      const adapter = await learnConcept(pipeline, concept, { ...learn, ...run, store: folderStore(state) });
      await writeLoraWeights(given.out, adapter, { signal: run.signal });
    });
    await rm(state, { recursive: true, force: true });
    return { text: given.out, json: { lora: given.out, pictures: images.length, ...words } };
  },
  { goesOn: true },
);
