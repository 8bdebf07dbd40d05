import { dirname, join, parse } from 'node:path';
import { MokusError } from '@mokus/core';
import type { CommandDef } from 'citty';
import { writePng } from '../images.js';
import { makeFolder } from '../make-folder.js';
import { drawArgs, drawSettings } from './draw-options.js';
import { inPlaceArgs, modelArgs, putInPlace, withModel } from './model-options.js';
import { type Given, realNumber, wholeNumber } from './options.js';
import { textLines } from './read-files.js';
import { cliCommand } from './run-cli.js';

const promptArgs = {
  prompt: { type: 'string', description: 'What to draw', valueHint: 'text' },
  prompts: { type: 'string', description: 'Prompts, one a line, instead of --prompt', valueHint: 'file' },
} as const;

const args = {
  ...promptArgs,
  out: {
    type: 'string',
    default: 'picture.png',
    description: 'PNG file; several are NAME-0.png and so on',
    valueHint: 'file',
  },
  negative: { type: 'string', description: 'What to steer away from', valueHint: 'text' },
  seed: { type: 'string', description: 'Of the first picture; the next ones count up. Default: 0', valueHint: 'n' },
  ...drawArgs,
  guidance: {
    type: 'string',
    description: "How much to steer away from --negative. Default: the model's",
    valueHint: 'x',
  },
  count: { type: 'string', description: 'Pictures a prompt. Default: 1', valueHint: 'n' },
  ...inPlaceArgs,
  ...modelArgs,
} as const;

/** `mokus generate`: draws prompts to PNG files. */
export const generateCommand: CommandDef = cliCommand(
  { name: 'generate', description: 'Draw prompts, with edits, LoRAs and customizations in place' },
  args,
  async (given, run) => {
    const prompts = await promptsOf(given);
    const seed = wholeNumber('seed', given.seed) ?? 0;
    const options = {
      prompt: prompts,
      negativePrompt: given.negative,
      seed,
      ...drawSettings(given),
      guidance: realNumber('guidance', given.guidance),
      numImagesPerPrompt: wholeNumber('count', given.count, 1),
    };
    await requirePng(given.out);
    const { images, recalled } = await withModel(given, run, async (pipeline) => {
      await putInPlace(pipeline, given, run);
      return pipeline.generate({ ...options, ...run });
    });
    const pictures: { file: string; prompt: string; seed: number }[] = [];
    for (const [at, image] of images.entries()) {
      const file = images.length === 1 ? given.out : numbered(given.out, at);
      await writePng(image, file);
      const prompt = prompts[Math.floor((at * prompts.length) / images.length)] ?? '';
      pictures.push({ file, prompt, seed: (seed + at) % 2 ** 32 });
    }
    const said = (recalled ?? []).map((answer, at) => `${prompts[at]}: ${answer}`);
    return { text: [...said, ...pictures.map(({ file }) => file)].join('\n'), json: { pictures, recalled } };
  },
);

async function promptsOf({ prompt, prompts }: Given<typeof promptArgs>): Promise<readonly string[]> {
  if ((prompt === undefined) === (prompts === undefined)) {
    throw new MokusError('input', 'give --prompt or --prompts', { field: 'prompt' });
  }
  const lines = prompts === undefined ? [prompt ?? ''] : await textLines(prompts);
  if (lines.length > 0) return lines;
  throw new MokusError('input', `${prompts} holds no prompt; write one a line`, { field: 'prompts' });
}

/** Throws MokusError, before anything is drawn, for a file that would be no PNG (`input`) or cannot be there (`disk`). */
async function requirePng(file: string): Promise<void> {
  const { ext } = parse(file);
  if (ext.toLowerCase() !== '.png') {
    throw new MokusError('input', `pictures are PNG files, so --out ends with .png, not '${file}'`, { field: 'out' });
  }
  await makeFolder(dirname(file));
}

function numbered(file: string, at: number): string {
  const { name, ext } = parse(file);
  return join(dirname(file), `${name}-${at}${ext}`);
}
