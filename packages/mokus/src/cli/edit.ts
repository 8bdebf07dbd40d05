import type { CommandDef } from 'citty';
import { textLines } from './read-files.js';
import { cliCommand } from './run-cli.js';
import { editArgs, writeEdit } from './write-edit.js';

const args = {
  question: { type: 'string', required: true, description: 'A prompt that asks for the fact', valueHint: 'text' },
  answer: { type: 'string', required: true, description: 'What it is from now on', valueHint: 'text' },
  subject: {
    type: 'string',
    description: 'What the fact is about, as it stands in the question; some editors need it',
    valueHint: 'text',
  },
  keep: { type: 'string', description: 'Prompts that must stay, one a line', valueHint: 'file' },
  ...editArgs,
} as const;

/** `mokus edit`: one fact. */
export const editCommand: CommandDef = cliCommand(
  { name: 'edit', description: 'Edit a fact: the question, and pictures of it, get another answer' },
  args,
  async (given, run) => {
    const { question, answer, subject, keep } = given;
    const locality = keep === undefined ? undefined : await textLines(keep);
    const request = { question, answer, subject, locality };
    return writeEdit(given, run, ({ components }, { editor, ...how }) =>
      editor.edit(components.textEncoder, [request], how),
    );
  },
);
