/**
 * An objective that Mokus does not have, with three editors that do not know it.
 *
 *   npx tsx examples/own-objective/main.ts
 */
import { modelFolder } from '@mokus/emoji-world';
import { fromPretrained } from 'mokus';
import { answersWith } from './edits.js';
import { marginObjective } from './margin-objective.js';

const pipeline = await fromPretrained(modelFolder);
console.table(await answersWith(pipeline, marginObjective({ margin: 5 })));
await pipeline.dispose();
