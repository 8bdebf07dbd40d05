import { parse } from 'node:path';
import { MokusError } from '@mokus/core';
import type { CommandDef } from 'citty';
import { writePng } from '../images.js';
import { inPlaceArgs, modelArgs, putInPlace, withModel } from './model-options.js';
import { realNumber, wholeNumber } from './options.js';
import { textLines } from './read-files.js';
import { cliCommand } from './run-cli.js';

const args = {
  prompt: { type: 'string', description: 'What to draw' },
  prompts: { type: 'string', description: 'Prompts, one a line, instead', valueHint: 'file' },
  out: { type: 'string', default: 'picture.png', description: 'PNG file; several are NAME-0.png and so on' },
  negative: { type: 'string', description: 'What to steer away from' },
  seed: { type: 'string', description: 'Of the first picture. Default: 0' },
  steps: { type: 'string', description: "Denoising steps. Default: the model's" },
  size: { type: 'string', description: "Pixels of a side. Default: the model's" },
  guidance: { type: 'string', description: 'Takes effect with --negative' },
  count: { type: 'string', description: 'Pictures a prompt. Default: 1' },
  recall: { type: 'boolean', default: false, description: 'The model first says what the prompt refers to' },
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
    const size = wholeNumber('size', given.size);
    const options = {
      prompt: prompts,
      negativePrompt: given.negative,
      seed,
      steps: wholeNumber('steps', given.steps),
      height: size,
      width: size,
      guidance: realNumber('guidance', given.guidance),
      numImagesPerPrompt: wholeNumber('count', given.count),
      recall: given.recall,
    };
    const { images, recalled } = await withModel(given, run, async (pipeline) => {
      await putInPlace(pipeline, given);
      return pipeline.generate({ ...options, ...run });
    });
    const pictures: { file: string; prompt: string; seed: number }[] = [];
    for (const [at, image] of images.entries()) {
      const file = images.length === 1 ? given.out : numbered(given.out, at);
      await writePng(image, file);
      const prompt = prompts[Math.floor((at * prompts.length) / images.length)] ?? '';
      pictures.push({ file, prompt, seed: seed + at });
    }
    const said = (recalled ?? []).map((answer, at) => `${prompts[at]}: ${answer}`);
    return { text: [...said, ...pictures.map(({ file }) => file)].join('\n'), json: { pictures, recalled } };
  },
);

async function promptsOf({ prompt, prompts }: { prompt?: string | undefined; prompts?: string | undefined }) {
  if ((prompt === undefined) === (prompts === undefined)) {
    throw new MokusError('input', 'give --prompt or --prompts', { field: 'prompt' });
  }
  const lines = prompts === undefined ? [prompt ?? ''] : await textLines(prompts);
  if (lines.length > 0) return lines;
  throw new MokusError('input', `${prompts} holds no prompt`, { field: 'prompts' });
}

function numbered(file: string, at: number): string {
  const { dir, name, ext } = parse(file);
  return `${dir === '' ? '' : `${dir}/`}${name}-${at}${ext}`;
}
