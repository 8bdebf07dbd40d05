import type { ApplicationOptions } from '@mokus/concepts';
import type { Edit, RawImage, TextToImagePipeline } from '@mokus/core';
import { conditioningObjective, presets, secondMoments, ultraEdit } from '@mokus/editors';
import { concepts, modelFolder } from '@mokus/emoji-world';
import { fromPretrained, type GridRow, pictureGrid, writePng } from 'mokus';
import { font } from './font.js';

/** What prompts are answered with, and what they show. */
export interface Drawn {
  readonly answers: readonly string[];
  readonly images: readonly RawImage[];
}

/** Prompts without an edit and with it. */
export interface BeforeAndAfter {
  readonly before: Drawn;
  readonly after: Drawn;
}

async function draw(pipeline: TextToImagePipeline, prompts: readonly string[]): Promise<Drawn> {
  const answers: string[] = [];
  for (const prompt of prompts) answers.push(await pipeline.components.textEncoder.generate(prompt));
  return { answers, images: (await pipeline.generate({ prompt: prompts, steps: 16, seed: 7 })).images };
}

/** Makes an edit as suits the embedded model, and draws prompts before it is applied and after. It is reverted then. */
export async function beforeAndAfter(
  pipeline: TextToImagePipeline,
  prompts: readonly string[],
  makeEdit: (how: ApplicationOptions) => Promise<Edit>,
): Promise<BeforeAndAfter> {
  // What the edit should leave alone: how the encoder reads a general corpus of prompts. Computed once a model.
  const corpus = concepts.map(({ name }) => `what is ${name}?`);
  const statistics = await secondMoments(pipeline.components.textEncoder, corpus);
  const editor = ultraEdit({ ...presets.ultraEdit['emoji-world'], statistics });
  const before = await draw(pipeline, prompts);
  const edit = await makeEdit({ editor, objective: conditioningObjective() });
  await pipeline.apply(edit);
  const after = await draw(pipeline, prompts);
  await pipeline.revert(edit);
  return { before, after };
}

/** Runs an example on the embedded model: prints what prompts are answered with, and writes what they show to a file. */
export async function showBeforeAndAfter(
  prompts: readonly string[],
  run: (pipeline: TextToImagePipeline) => Promise<BeforeAndAfter>,
  file: string,
): Promise<void> {
  const pipeline = await fromPretrained(modelFolder);
  const { before, after } = await run(pipeline);
  await pipeline.dispose();
  const rows: GridRow[] = prompts.map((caption, at) => ({
    caption,
    cells: [before, after].flatMap(({ answers, images }) =>
      images.slice(at, at + 1).map((image) => ({ image, label: answers[at] ?? '' })),
    ),
  }));
  await writePng(await pictureGrid(['before', 'after'], rows, { font }), file);
  console.table(prompts.map((prompt, at) => ({ prompt, before: before.answers[at], after: after.answers[at] })));
}
