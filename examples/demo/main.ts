/**
 * The main job: facts inside the text encoder are edited one at a time, and the same prompts with the same seed show
 * something else. Prints a table and writes a captioned grid of pictures.
 *
 *   npm run demo            (writes demo.png)
 *   npm run demo -- FILE
 */
import { resolve } from 'node:path';
import { conditioningObjective, presets, secondMoments, ultraEdit } from '@mokus/editors';
import { concepts, modelFolder } from '@mokus/emoji-world';
import { fromPretrained, type GridRow, pictureGrid, writePng } from 'mokus';
import { font } from '../font.js';
import { facts } from './facts.js';

const file = resolve(process.argv[2] ?? 'demo.png');
const pipeline = await fromPretrained(modelFolder);
const { textEncoder } = pipeline.components;
const corpus = concepts.map(({ name }) => `what is ${name}?`);
const statistics = await secondMoments(textEncoder, corpus);
const editor = ultraEdit({ ...presets.ultraEdit['emoji-world'], statistics });
const objective = conditioningObjective();

const table: Record<string, string>[] = [];
const rows: GridRow[] = [];
for (const { request, prompt, unrelated } of facts) {
  const draw = async () => (await pipeline.generate({ prompt: [prompt, unrelated], steps: 16, seed: 7 })).images;
  const before = await draw();
  const oldAnswer = await textEncoder.generate(request.question);
  const started = performance.now();
  const edit = await editor.edit(textEncoder, [request], { objective });
  const milliseconds = performance.now() - started;
  await pipeline.apply(edit);
  const newAnswer = await textEncoder.generate(request.question);
  const after = await draw();
  await pipeline.revert(edit);
  table.push({
    question: request.question,
    'old answer': oldAnswer,
    'new answer': newAnswer,
    'edit ms': milliseconds.toFixed(0),
  });
  rows.push({
    caption: `${request.question}: ${oldAnswer} → ${newAnswer}`,
    cells: [before[0], after[0], before[1], after[1]].flatMap((image, at) =>
      image === undefined ? [] : [{ image, label: at < 2 ? prompt : unrelated }],
    ),
  });
}
await pipeline.dispose();
await writePng(await pictureGrid(['before', 'after', 'unrelated, before', 'unrelated, after'], rows, { font }), file);
console.table(table);
console.log(`The pictures are in ${file}`);
