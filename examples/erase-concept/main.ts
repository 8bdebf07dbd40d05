/**
 * A concept is erased: whatever names or paraphrases it shows something else, also in words that the edit was not told.
 *
 *   npx tsx examples/erase-concept/main.ts [FILE]
 */
import { modelFolder } from '@mokus/emoji-world';
import { fromPretrained, writePng } from 'mokus';
import { beforeAndAfterGrid } from '../before-and-after.js';
import { eraseLion, prompts } from './lion.js';

const pipeline = await fromPretrained(modelFolder);
const { before, after } = await eraseLion(pipeline);
await pipeline.dispose();
await writePng(await beforeAndAfterGrid(prompts, before, after), process.argv[2] ?? 'erase-concept.png');
console.table(prompts.map((prompt, at) => ({ prompt, before: before.answers[at], after: after.answers[at] })));
