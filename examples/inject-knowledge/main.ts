/**
 * World knowledge is injected: prompts that do not say what they want to see are told once, and drawn in other words.
 *
 *   npx tsx examples/inject-knowledge/main.ts [FILE]
 */
import { showBeforeAndAfter } from '../before-and-after.js';
import { injectFacts, prompts } from './facts.js';

await showBeforeAndAfter(prompts, injectFacts, process.argv[2] ?? 'inject-knowledge.png');
