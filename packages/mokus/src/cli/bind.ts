import { bindFacts } from '@mokus/concepts';
import type { CommandDef } from 'citty';
import { wordArgs, wordsOf } from './learn-options.js';
import { factsArg, textLines } from './read-files.js';
import { cliCommand } from './run-cli.js';
import { editArgs, writeEdit } from './write-edit.js';

const args = { ...wordArgs, ...factsArg, ...editArgs } as const;

/** `mokus bind`: binds facts to a concept that was learned. */
export const bindCommand: CommandDef = cliCommand(
  { name: 'bind', description: 'Bind facts to a concept: an edit after which stating one shows it' },
  args,
  async (given, run) => {
    const facts = await textLines(given.facts);
    return writeEdit(given, run, (pipeline, how) => bindFacts(pipeline, wordsOf(given), facts, how));
  },
);
