/** Learning a concept, its state kept every second step. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { memorySource, openSafetensors, SafetensorsError } from '@mokus/safetensors';
import { learn } from '../../../packages/concepts/test/support/learn-process.js';
import { SoakFinding } from '../part.js';
import { type KillJob, sha256 } from './job.js';

/** So many that most of the time goes into them, and not into loading the model. */
const steps = 40;

export async function openJob(): Promise<KillJob> {
  return {
    prepare: async () => null,
    work: async (folder) => {
      let units = 0;
      const learned = await learn({ folder, steps }, ({ kind }) => {
        if (kind === 'learn') units += 1;
      });
      if (learned.refusal !== undefined) throw new SoakFinding('lost', `refused: ${learned.refusal.message}`);
      return { result: sha256(JSON.stringify(learned.factors)), units };
    },
    look: async (folder) => {
      const bytes = await readFile(join(folder, 'learning.safetensors')).catch(() => undefined);
      if (bytes === undefined) return { outcome: 'no state', units: steps };
      try {
        const { metadata } = await openSafetensors(memorySource(bytes));
        return { outcome: `state of step ${metadata.step}`, units: steps - Number(metadata.step) };
      } catch (error) {
        if (!SafetensorsError.isInstance(error)) throw error;
        throw new SoakFinding('half-taken', `the state is damaged: ${error.message}`, error);
      }
    },
  };
}
