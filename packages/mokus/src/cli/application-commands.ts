import { readWise, wiseKnowledge } from '@mokus/bench';
import { createConcept, eraseConcept, type ImplicitPrompt, injectKnowledge } from '@mokus/concepts';
import { isText, MokusError } from '@mokus/core';
import type { CommandDef } from 'citty';
import type { Given } from './options.js';
import { parseJson, readText, textLines } from './read-files.js';
import { cliCommand } from './run-cli.js';
import { editArgs, writeEdit } from './write-edit.js';

const named = {
  name: { type: 'string', required: true, description: 'What prompts call it', valueHint: 'text' },
  paraphrases: { type: 'string', description: 'Prompts that mean it in other words, one a line', valueHint: 'file' },
  keep: { type: 'string', description: 'Prompts that must stay, one a line', valueHint: 'file' },
} as const;

const createArgs = {
  description: {
    type: 'string',
    required: true,
    description: 'What it is, in words that the model can draw',
    valueHint: 'text',
  },
  ...named,
  ...editArgs,
} as const;

/** `mokus create`: a concept that exists only in words. */
export const createCommand: CommandDef = cliCommand(
  { name: 'create', description: 'Create a concept in words: its name answers to a description' },
  createArgs,
  async (given, run) => {
    const concept = { ...(await namedConcept(given)), description: given.description };
    return writeEdit(given, run, (pipeline, how) => createConcept(pipeline, concept, how));
  },
);

const eraseArgs = {
  replacement: { type: 'string', required: true, description: 'What its prompts show instead', valueHint: 'text' },
  ...named,
  ...editArgs,
} as const;

/** `mokus erase`: prompts that name or paraphrase a concept show another. */
export const eraseCommand: CommandDef = cliCommand(
  { name: 'erase', description: 'Erase a concept: its prompts show something else' },
  eraseArgs,
  async (given, run) => {
    const concept = { ...(await namedConcept(given)), replacement: given.replacement };
    return writeEdit(given, run, (pipeline, how) => eraseConcept(pipeline, concept, how));
  },
);

const injectArgs = {
  knowledge: {
    type: 'string',
    required: true,
    description: 'JSON: [{ prompt, answer, locality? }, ...], or the records of the WISE benchmark',
    valueHint: 'file',
  },
  ...editArgs,
} as const;

/** `mokus inject`: implicit prompts get their answers. */
export const injectCommand: CommandDef = cliCommand(
  { name: 'inject', description: 'Inject world knowledge: implicit prompts with their answers' },
  injectArgs,
  async (given, run) => {
    const knowledge = readKnowledge(given.knowledge, await readText(given.knowledge));
    return writeEdit(given, run, (pipeline, how) => injectKnowledge(pipeline, knowledge, how));
  },
);

async function namedConcept({ name, paraphrases, keep }: Given<typeof named>) {
  return {
    name,
    paraphrases: paraphrases === undefined ? undefined : await textLines(paraphrases),
    locality: keep === undefined ? undefined : await textLines(keep),
  };
}

function readKnowledge(file: string, text: string): readonly ImplicitPrompt[] {
  const content = parseJson(file, text);
  if (Array.isArray(content) && content.length > 0) {
    if (content.every((each) => has(each, 'Prompt', 'Explanation'))) return readWise(text).map(wiseKnowledge);
    if (content.every(isImplicitPrompt)) {
      return content.map(({ prompt, answer, locality }) => ({ prompt, answer, locality }));
    }
  }
  const message = `${file} is not of the form [{ "prompt": "...", "answer": "..." }, ...]; write it so`;
  throw new MokusError('input', message, { file });
}

function isImplicitPrompt(value: unknown): value is ImplicitPrompt {
  if (!has(value, 'prompt', 'answer')) return false;
  const { prompt, answer, locality = [] } = value;
  return isText(prompt) && isText(answer) && Array.isArray(locality) && locality.every(isText);
}

function has(value: unknown, ...fields: readonly string[]): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && fields.every((field) => field in value);
}
