import type { RawImage, TextToImagePipeline } from '@mokus/core';
import { type GridRow, pictureGrid } from 'mokus';
import { font } from './font.js';

/** What prompts are answered with, and what they show. */
export interface Drawn {
  readonly answers: readonly string[];
  readonly images: readonly RawImage[];
}

export async function draw(pipeline: TextToImagePipeline, prompts: readonly string[]): Promise<Drawn> {
  const answers: string[] = [];
  for (const prompt of prompts) answers.push(await pipeline.components.textEncoder.generate(prompt));
  return { answers, images: (await pipeline.generate({ prompt: prompts, steps: 16, seed: 7 })).images };
}

/** A row for each prompt: its picture before and after an edit, with the answer below. */
export function beforeAndAfterGrid(prompts: readonly string[], before: Drawn, after: Drawn): Promise<RawImage> {
  const rows: GridRow[] = prompts.map((caption, at) => ({
    caption,
    cells: [before, after].flatMap(({ answers, images }) =>
      images.slice(at, at + 1).map((image) => ({ image, label: answers[at] ?? '' })),
    ),
  }));
  return pictureGrid(['before', 'after'], rows, { font });
}
