/**
 * Learns a concept on the embedded model, saves its LoRA, and keeps what the pipeline computes with it:
 *
 *   node --import tsx tools/concepts/learn.ts FOLDER
 *
 * writes FOLDER/lora/pytorch_lora_weights.safetensors, FOLDER/expected.safetensors (for each prompt initial latents
 * [1, channels, height, width], and pictures [1, 3, height, width] in 0 to 1 with and without the LoRA) and
 * FOLDER/expected.json. check.py runs it and compares.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { learnConcept } from '@mokus/concepts';
import type { RawImage } from '@mokus/core';
import { knowCus, modelFolder, sheetCell } from '@mokus/emoji-world';
import { fromPretrained, readImage } from 'mokus';
import { drawnPixels } from '../drawn-pixels.js';
import { ExpectedTensors } from '../expected-tensors.js';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('give a folder');
const steps = 8;
const latentSize = 8;
const [rank, alpha] = [4, 6];
const prompts = ['what is <v0>?', 'a picture of <v0>', 'a picture of a cat', 'the national animal of india'];

const sheet = await readImage(fileURLToPath(knowCus.sheet.file));

/** A picture of the edition's first concept, as it lies on the sheet. */
function picture(cell: number): RawImage {
  const { cellSize } = knowCus.sheet;
  return { width: cellSize, height: cellSize, data: sheetCell(sheet, knowCus.sheet, cell) };
}

const pipeline = await fromPretrained(modelFolder);
const captions = ['what is {anchor}?', 'a picture of {anchor}'];
const adapter = await learnConcept(
  pipeline,
  { anchor: '<v0>', className: '', images: [0, 1, 2].map((cell) => ({ image: picture(cell) })) },
  { captions, rank, alpha, steps: 60, batchSize: 8, learningRate: 3e-3, gradientCheckpointing: 2 },
);

const expected = new ExpectedTensors();
const keepPictures = async (name: string): Promise<void> => {
  for (const [seed, prompt] of prompts.entries()) {
    const { noise, pixels } = await drawnPixels(pipeline, prompt, { seed, steps, latentSize });
    if (name === 'plain') expected.keep(`noise.${seed}`, noise);
    expected.keep(`${name}.${seed}`, pixels);
  }
};
await keepPictures('plain');
await pipeline.addAdapter('concept', adapter);
await keepPictures('learned');
await pipeline.saveLoraWeights(join(folder, 'lora'), { adapterName: 'concept' });
const norms = Object.fromEntries(
  [...adapter.modules].map(([site, { down, up }]) => [site, [Math.hypot(...down), Math.hypot(...up)]]),
);
await pipeline.dispose();
await expected.write(folder);
await writeFile(join(folder, 'expected.json'), JSON.stringify({ steps, prompts, rank, alpha, norms }));
