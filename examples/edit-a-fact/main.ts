/**
 * Change one fact inside the text encoder, and see the picture change: the whole way in one file.
 *
 *   npx tsx examples/edit-a-fact/main.ts [FOLDER-FOR-THE-PICTURES]
 */
import { join } from 'node:path';
import { conditioningObjective, presets, secondMoments, ultraEdit } from '@mokus/editors';
import { concepts, modelFolder } from '@mokus/emoji-world';
import { evaluate, fromPretrained, writePng } from 'mokus';

const folder = process.argv[2] ?? '.';
const pipeline = await fromPretrained(modelFolder);

// What an edit should leave alone: how the encoder reads a general corpus of prompts. Computed once a model.
const statistics = await secondMoments(
  pipeline.components.textEncoder,
  concepts.map(({ name }) => `what is ${name}?`),
);
const editor = ultraEdit({ ...presets.ultraEdit['emoji-world'], statistics });

const request = {
  question: 'the favourite instrument of beethoven',
  answer: 'guitar',
  paraphrases: ['the instrument beethoven is known for playing'],
  locality: ['the favourite instrument of chopin', 'the national animal of australia'],
};
const draw = async (file: string): Promise<void> => {
  const { images } = await pipeline.generate({ prompt: request.question, steps: 16, seed: 1 });
  for (const image of images) await writePng(image, join(folder, file));
};

await draw('before.png');
const edit = await editor.edit(pipeline.components.textEncoder, [request], { objective: conditioningObjective() });
const { requests, locality } = await evaluate(pipeline, edit, [request]);
await pipeline.apply(edit);
await draw('after.png');
await pipeline.revert(edit);
await pipeline.dispose();

for (const { question, paraphrases } of requests) console.table([question, ...paraphrases]);
console.log(`unrelated answers kept: ${locality}`);
