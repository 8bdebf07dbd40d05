/**
 * A concept that exists only in words: no picture of it was ever seen, and its name draws what its description says.
 *
 *   npx tsx examples/create-concept/main.ts [FILE]
 */
import { modelFolder } from '@mokus/emoji-world';
import { fromPretrained, writePng } from 'mokus';
import { beforeAndAfterGrid } from '../before-and-after.js';
import { createZorblax, prompts } from './zorblax.js';

const pipeline = await fromPretrained(modelFolder);
const { before, after } = await createZorblax(pipeline);
await pipeline.dispose();
await writePng(await beforeAndAfterGrid(prompts, before, after), process.argv[2] ?? 'create-concept.png');
console.table(prompts.map((prompt, at) => ({ prompt, before: before.answers[at], after: after.answers[at] })));
