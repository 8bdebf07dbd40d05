/**
 * World knowledge is injected: prompts that do not say what they want to see are told once, and drawn in other words.
 *
 *   npx tsx examples/inject-knowledge/main.ts [FILE]
 */
import { modelFolder } from '@mokus/emoji-world';
import { fromPretrained, writePng } from 'mokus';
import { beforeAndAfterGrid } from '../before-and-after.js';
import { injectFacts, prompts } from './facts.js';

const pipeline = await fromPretrained(modelFolder);
const { before, after } = await injectFacts(pipeline);
await pipeline.dispose();
await writePng(await beforeAndAfterGrid(prompts, before, after), process.argv[2] ?? 'inject-knowledge.png');
console.table(prompts.map((prompt, at) => ({ prompt, before: before.answers[at], after: after.answers[at] })));
