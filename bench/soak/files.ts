/** Mutated .safetensors files: each is refused with a typed error or read consistently, and never read outside of. */
import { fixtureBytes, report } from '../../packages/safetensors/test/support/fixtures.js';
import { mutate } from '../../packages/safetensors/test/support/mutate.js';
import { readHostile } from '../../packages/safetensors/test/support/read-hostile.js';
import { caseRandom, type SoakPart } from './part.js';

const right = ['dtypes', 'dtypes-f6', 'edge', 'empty'];
// Already wrong in one way: a second fault reaches other orders of the checks.
const wrong = Object.keys(report.refused).map((name) => `refused/${name}`);

export const part: SoakPart = {
  target: 1_000_000,
  patience: 60_000,
  warmUp: 1000,
  open: async (seed) => {
    const originals = [...right, ...wrong].map((name) => fixtureBytes(`${name}.safetensors`));
    return {
      run: (index) => {
        const random = caseRandom(seed, index);
        // Half of the files come from those that are right, where most is to be reached.
        const original = originals[random.below(index % 2 === 0 ? right.length : originals.length)] as Uint8Array;
        return readHostile(mutate(original, random));
      },
      dispose: async () => undefined,
    };
  },
};
