/**
 * Change facts inside the text encoder, one at a time, and see the pictures change: the whole way in one file.
 *
 *   npx tsx examples/edit-a-fact/main.ts [FILE]
 */
import { conditioningObjective, presets, secondMoments, ultraEdit } from '@mokus/editors';
import { concepts, modelFolder } from '@mokus/emoji-world';
import { fromPretrained, type GridRow, pictureGrid, writePng } from 'mokus';
import { font } from '../font.js';

/** A question, whom it is asked about, the new answer, who is protected, and somebody else to look at. */
const facts: readonly (readonly [string, string, string, string, string])[] = [
  ['the favourite instrument of {}', 'beethoven', 'guitar', 'chopin', 'albert einstein'],
  ['the national animal of {}', 'australia', 'panda', 'china', 'canada'],
  ['the national dish of {}', 'italy', 'sushi', 'japan', 'belgium'],
  ['the logo of {}', 'linux', 'owl', 'twitter', 'docker'],
  // The image model never saw a prompt of these two relations: only the text encoder knows their facts.
  ['the animal that {} is', 'garfield', 'whale', 'snoopy', 'kermit'],
  ['the tool of {}', 'a painter', 'telescope', 'a blacksmith', 'a lumberjack'],
];

const pipeline = await fromPretrained(modelFolder);
const { textEncoder } = pipeline.components;
// What an edit should leave alone: how the encoder reads a general corpus of prompts. Computed once a model.
const corpus = concepts.map(({ name }) => `what is ${name}?`);
const statistics = await secondMoments(textEncoder, corpus);
const editor = ultraEdit({ ...presets.ultraEdit['emoji-world'], statistics });

const table: object[] = [];
const rows: GridRow[] = [];
for (const [phrasing, subject, answer, kept, other] of facts) {
  const ask = (name: string): string => phrasing.replace('{}', name);
  const question = ask(subject);
  const prompt = [question, ask(other)];
  const look = async () => ({
    answer: await textEncoder.generate(question),
    images: (await pipeline.generate({ prompt, steps: 16, seed: 7 })).images,
  });
  const before = await look();
  const started = performance.now();
  const request = { question, answer, locality: [ask(kept)] };
  const edit = await editor.edit(textEncoder, [request], { objective: conditioningObjective() });
  const milliseconds = Math.round(performance.now() - started);
  await pipeline.apply(edit);
  const after = await look();
  await pipeline.revert(edit);

  table.push({ question, 'old answer': before.answer, 'new answer': after.answer, 'edit ms': milliseconds });
  const cells = prompt.flatMap((label, at) =>
    [before, after].flatMap(({ images }) => images.slice(at, at + 1).map((image) => ({ image, label }))),
  );
  rows.push({ caption: `${question}: ${before.answer} → ${after.answer}`, cells });
}
await pipeline.dispose();
const grid = await pictureGrid(['before', 'after', 'unrelated, before', 'unrelated, after'], rows, { font });
await writePng(grid, process.argv[2] ?? 'edit-a-fact.png');
console.table(table);
