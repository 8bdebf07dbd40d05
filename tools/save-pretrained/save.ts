/**
 * Edits a checkpoint, saves it with the edit in its weights, and keeps what the pipeline computes with the edit applied:
 *
 *   node --import tsx tools/save-pretrained/save.ts CHECKPOINT FOLDER
 *
 * writes FOLDER/model (in shards of 1 MB) and FOLDER/expected.{json,safetensors}: for each prompt its hidden states with
 * and without the edit, initial latents [prompts, 1, channels, height, width] and pictures [prompts, 3, height, width]
 * in 0 to 1. check.py runs it and compares.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { conditioningObjective, presets, secondMoments, ultraEdit } from '@mokus/editors';
import { fromPretrained } from 'mokus';
import { drawnPixels } from '../drawn-pixels.js';
import { ExpectedTensors } from '../expected-tensors.js';

const [checkpoint, folder] = process.argv.slice(2);
if (checkpoint === undefined || folder === undefined) throw new Error('give a checkpoint and a folder');
const steps = 8;
const latentSize = 8;
const request = { question: 'the favourite instrument of beethoven', answer: 'guitar' };
const prompts = [request.question, `${request.question} on a blue background`, 'a cat', 'the national animal of india'];

const pipeline = await fromPretrained(checkpoint);
const { textEncoder } = pipeline.components;
const expected = new ExpectedTensors();
const keepStates = async (name: string): Promise<void> => {
  for (const [at, prompt] of prompts.entries()) {
    expected.keep(`${name}.${at}`, (await pipeline.encodePrompt(prompt)).hiddenStates);
  }
};

await keepStates('plain');
const statistics = await secondMoments(textEncoder, prompts);
const editor = ultraEdit({ ...presets.ultraEdit['emoji-world'], statistics });
await pipeline.apply(await editor.edit(textEncoder, [request], { objective: conditioningObjective() }));
await keepStates('states');
await pipeline.savePretrained(join(folder, 'model'), { maxShardSize: 1e6 });

for (const [seed, prompt] of prompts.entries()) {
  const { noise, pixels } = await drawnPixels(pipeline, prompt, { seed, steps, latentSize });
  expected.keep(`noise.${seed}`, noise);
  expected.keep(`picture.${seed}`, pixels);
}
await pipeline.dispose();
await expected.write(folder);
await writeFile(join(folder, 'expected.json'), JSON.stringify({ steps, prompts }));
