/**
 * A concept is erased: whatever names or paraphrases it shows something else, also in words that the edit was not told.
 *
 *   npx tsx examples/erase-concept/main.ts [FILE]
 */
import { showBeforeAndAfter } from '../before-and-after.js';
import { eraseLion, prompts } from './lion.js';

await showBeforeAndAfter(prompts, eraseLion, process.argv[2] ?? 'erase-concept.png');
