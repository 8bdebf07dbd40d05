/**
 * Erasure and injection alone, on the embedded model; `npm run bench:knowcus` measures them too.
 *
 *   npx tsx bench/knowcus/applications.ts [erasure|injection]      goes on where it stopped (.cache/bench-applications-...)
 *
 * Prints the figures without their rows.
 */
import { cpuBackend } from '@mokus/backend-cpu';
import { modelFolder } from '@mokus/emoji-world';
import { Backend, createContainer, fromPretrained } from 'mokus';
import { measuredLimit } from '../emoji-world/distance-limit.js';
import { nearestPicture } from '../emoji-world/world.js';
import { keptApplications } from './application.js';
import { measureErasure } from './erasure.js';
import { measureInjection } from './injection.js';

const measures = { erasure: measureErasure, injection: measureInjection };

const chosen = process.argv.slice(2);
const container = createContainer();
// One thread: the model is small, and a second one would wait for the first under load.
container.rebind(Backend).toConstantValue(cpuBackend({ threads: 1 }));
const pipeline = await fromPretrained(modelFolder, { container });
const fingerprint = await pipeline.components.textEncoder.fingerprint();
const applications = { pipeline, judge: await nearestPicture(), limit: measuredLimit(fingerprint).limit };
const kept = keptApplications(fingerprint);
for (const [name, measure] of Object.entries(measures)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  const { rows, ...figures } = await measure(applications, kept);
  console.log(name, rows.length, 'pictures', JSON.stringify(figures, null, 1));
}
await pipeline.dispose();
