/**
 * Mutated checkpoint folders, edit files and LoRA files: each is read and works, or is refused with a typed error; nothing
 * outside of the file or folder is read, and the pipeline that refused one is as it was.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuBackend } from '@mokus/backend-cpu';
import { tinyPipeline } from '../../../packages/models/test/support/pipeline.js';
import { caseRandom, type SoakPart } from '../part.js';
import { checkpointCases } from './checkpoint-cases.js';
import { editCases } from './edit-cases.js';
import { loraCases } from './lora-cases.js';

export const part: SoakPart = {
  target: 100_000,
  patience: 120_000,
  warmUp: 1000,
  open: async (seed) => {
    const root = await mkdtemp(join(tmpdir(), 'mokus-soak-'));
    const pipeline = await tinyPipeline(cpuBackend({ threads: 1 }));
    // Half of the cases are folders, which have most to go wrong.
    const checkpoints = await checkpointCases(root);
    const cases = [checkpoints, await editCases(pipeline), checkpoints, await loraCases(pipeline)];
    return {
      run: async (index) => cases[index % cases.length]?.run(caseRandom(seed, index)) ?? '',
      dispose: async () => {
        await pipeline.dispose();
        await rm(root, { recursive: true, force: true });
      },
    };
  },
};
