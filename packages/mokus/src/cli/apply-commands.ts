import { createConcept, eraseConcept, injectKnowledge } from '@mokus/concepts';
import { type Edit, MokusError, type RunOptions } from '@mokus/core';
import type { CommandDef } from 'citty';
import { saveEdit } from '../edit-files.js';
import type { PretrainedPipeline } from '../pretrained-pipeline.js';
import { chosenEditor, type EditorGiven, editorArgs, requireEditor } from './editor-options.js';
import { type InPlaceGiven, inPlaceArgs, type ModelGiven, modelArgs, putInPlace, withModel } from './model-options.js';
import { readJsonFile, textLines } from './read-files.js';
import { type CliResult, type CliRun, cliCommand } from './run-cli.js';

type How = Awaited<ReturnType<typeof chosenEditor>> & RunOptions;

const common = {
  out: { type: 'string', default: 'mokus-edit.safetensors', description: 'Edit file' },
  ...editorArgs,
  ...inPlaceArgs,
  ...modelArgs,
} as const;

const named = {
  paraphrases: { type: 'string', description: 'Prompts that mean it in other words, one a line', valueHint: 'file' },
  keep: { type: 'string', description: 'Prompts that must stay, one a line', valueHint: 'file' },
} as const;

const createArgs = {
  name: { type: 'string', required: true, description: 'What prompts will call it', valueHint: 'zorblax' },
  description: { type: 'string', required: true, description: 'What it is, in words that the model can draw' },
  ...named,
  ...common,
} as const;

/** `mokus create`: a concept that exists only in words. */
export const createCommand: CommandDef = cliCommand(
  { name: 'create', description: 'Create a concept in words: its name answers to a description' },
  createArgs,
  async (given, run) => {
    const { name, description } = given;
    const concept = { name, description, ...(await wordings(given)) };
    return write(given, run, (pipeline, how) => createConcept(pipeline, concept, how));
  },
);

const eraseArgs = {
  name: { type: 'string', required: true, description: 'What prompts call it' },
  replacement: { type: 'string', required: true, description: 'What they show instead' },
  ...named,
  ...common,
} as const;

/** `mokus erase`: prompts that name or paraphrase a concept show another. */
export const eraseCommand: CommandDef = cliCommand(
  { name: 'erase', description: 'Erase a concept: its prompts show something else' },
  eraseArgs,
  async (given, run) => {
    const { name, replacement } = given;
    const concept = { name, replacement, ...(await wordings(given)) };
    return write(given, run, (pipeline, how) => eraseConcept(pipeline, concept, how));
  },
);

const injectArgs = {
  knowledge: { type: 'string', required: true, description: 'JSON: [{ "prompt", "answer" }, ...]', valueHint: 'file' },
  ...common,
} as const;

/** `mokus inject`: implicit prompts get their answers. */
export const injectCommand: CommandDef = cliCommand(
  { name: 'inject', description: 'Inject world knowledge: implicit prompts with their answers' },
  injectArgs,
  async (given, run) => {
    const knowledge = await readKnowledge(given.knowledge);
    return write(given, run, (pipeline, how) => injectKnowledge(pipeline, knowledge, how));
  },
);

type CommonGiven = EditorGiven & ModelGiven & InPlaceGiven & { readonly out: string };

/** Makes an edit and saves it. */
async function write(
  given: CommonGiven,
  run: CliRun,
  make: (pipeline: PretrainedPipeline, how: How) => Promise<Edit>,
): Promise<CliResult> {
  requireEditor(given);
  const edit = await withModel(given, run, async (pipeline, isEmbedded) => {
    await putInPlace(pipeline, given);
    return make(pipeline, { ...(await chosenEditor(given, pipeline, isEmbedded, run)), ...run });
  });
  await saveEdit(given.out, edit);
  return { text: given.out, json: { edit: given.out, requests: edit.provenance.requests } };
}

async function wordings({ paraphrases, keep }: { paraphrases?: string | undefined; keep?: string | undefined }) {
  return {
    ...(paraphrases === undefined ? {} : { paraphrases: await textLines(paraphrases) }),
    ...(keep === undefined ? {} : { locality: await textLines(keep) }),
  };
}

async function readKnowledge(file: string): Promise<readonly { prompt: string; answer: string }[]> {
  const content = await readJsonFile(file);
  const isPair = (each: unknown): each is { prompt: string; answer: string } =>
    typeof each === 'object' && each !== null && 'prompt' in each && 'answer' in each;
  if (Array.isArray(content) && content.every(isPair)) {
    return content.map(({ prompt, answer }) => ({ prompt, answer }));
  }
  throw new MokusError('input', `${file} is not of the form [{ "prompt": "...", "answer": "..." }, ...]`, { file });
}
