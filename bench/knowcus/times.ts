/**
 * The times of the methods, in a process of its own: node times.ts. Customizes every concept by every method, and draws one
 * picture of each. Prints the times by method as JSON.
 */
import { type KnowCusCell, runKnowCus } from '@mokus/bench';
import type { CustomizationMethod, Json, LoraAdapter } from '@mokus/core';
import { steps } from '../emoji-world/world.js';
import { edition, learningImages, references } from './edition.js';
import { mainMethods } from './methods.js';
import { openMethods } from './open.js';
import { ProcessorMeter } from './processor-meter.js';
import { timesByMethod } from './summary.js';

const opened = await openMethods();
const { pipeline } = opened;
const meter = new ProcessorMeter();
let looks: LoraAdapter | undefined;
const methods = mainMethods({
  ...opened,
  metered: (method: CustomizationMethod) => meter.metered(method),
  lora: async ({ name }) => {
    if (looks === undefined) throw new Error(`${name} was not learned before its knowledge is bound`);
    return looks;
  },
});
const cells: KnowCusCell[] = [];
for (const concept of edition) {
  const measured = await runKnowCus(pipeline, {
    images: learningImages,
    references,
    draw: { steps },
    methods,
    concepts: [{ ...concept, prompts: concept.prompts.slice(0, 1) }],
    seeds: [0],
    besides: { name: 'times', measure: async () => ({ cpuSeconds: meter.seconds }) as Json },
    onCustomized: async (_, { lora, card }) => {
      if (card.method === 'moKus') looks = lora;
    },
  });
  cells.push(...measured);
}
await pipeline.dispose();
console.log(JSON.stringify(timesByMethod(cells)));
