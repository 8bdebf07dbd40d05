/**
 * A backend of one's own, and the embedded model on it: the text encoder there, everything else on the CPU as usual.
 *
 *   npx tsx examples/own-backend/main.ts
 */
import { modelFolder } from '@mokus/emoji-world';
import { fromPretrained } from 'mokus';
import { float32Backend } from './float32-backend.js';

const question = 'the favourite instrument of beethoven';
const answers: Record<string, string> = {};
for (const device of ['cpu', float32Backend()]) {
  const pipeline = await fromPretrained(modelFolder, { device: { textEncoder: device } });
  answers[typeof device === 'string' ? device : device.name] = await pipeline.components.textEncoder.generate(question);
  await pipeline.dispose();
}
console.table(answers);
