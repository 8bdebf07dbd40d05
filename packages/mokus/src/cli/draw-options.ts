import type { GenerateOptions } from '@mokus/core';
import { type Given, wholeNumber } from './options.js';

/** Of a command that draws. */
export const recallArg = {
  recall: { type: 'boolean', default: false, description: 'The model first says what a prompt refers to' },
} as const;

const pictureArgs = {
  steps: { type: 'string', description: "Denoising steps. Default: the model's", valueHint: 'n' },
  size: { type: 'string', description: "Pixels of a side. Default: the model's", valueHint: 'n' },
} as const;

/** How it draws. */
export const drawArgs: typeof pictureArgs & typeof recallArg = { ...pictureArgs, ...recallArg };

/** The same as a pipeline takes it; what is undefined is the model's. */
export function drawSettings({
  steps,
  size,
  recall,
}: Given<typeof drawArgs>): Pick<GenerateOptions, 'steps' | 'height' | 'width' | 'recall'> {
  const side = wholeNumber('size', size, 1);
  return { steps: wholeNumber('steps', steps, 1), height: side, width: side, recall };
}
