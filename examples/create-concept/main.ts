/**
 * A concept that exists only in words: no picture of it was ever seen, and its name draws what its description says.
 *
 *   npx tsx examples/create-concept/main.ts [FILE]
 */
import { showBeforeAndAfter } from '../before-and-after.js';
import { createZorblax, prompts } from './zorblax.js';

await showBeforeAndAfter(prompts, createZorblax, process.argv[2] ?? 'create-concept.png');
