/**
 * Processes that are killed with SIGKILL at a random moment of their work: learning, comparing, downloading, saving,
 * editing. Nothing half done may be taken for whole, nothing that was kept may be lost, and the same work, done again on
 * what is left, must end where it ends without a kill.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json } from '@mokus/core';
import type { Random } from '../../../packages/safetensors/test/support/mutate.js';
import { caseRandom, SoakFinding, type SoakPart } from '../part.js';
import { type JobName, jobNames, type KillJob, loadJob } from './job.js';
import { startVictim, type Victim } from './victims.js';

/** A job, and what it does when nothing kills it. */
interface Opened {
  readonly name: JobName;
  readonly job: KillJob;
  readonly whole: Json;
  /** Milliseconds that the work takes in its process, at last sight. */
  milliseconds: number;
}

/** Attempts to kill before the end, which comes sooner where the machine has become quicker. */
const attempts = 20;

export const part: SoakPart = {
  target: 200,
  patience: 600_000,
  warmUp: 5,
  open: async (seed) => {
    const root = await mkdtemp(join(tmpdir(), 'mokus-kills-'));
    const opened = new Map<JobName, Promise<Opened>>();
    const openedJob = (name: JobName): Promise<Opened> => {
      const known = opened.get(name) ?? openJobIn(name, root);
      opened.set(name, known);
      return known;
    };
    return {
      run: async (index) => {
        const name = jobNames[index % jobNames.length] as JobName;
        return killOnce(await openedJob(name), root, caseRandom(seed, index));
      },
      dispose: async () => {
        for (const each of opened.values()) await (await each).job.dispose?.();
        await rm(root, { recursive: true, force: true });
      },
    };
  },
};

async function openJobIn(name: JobName, root: string): Promise<Opened> {
  const { openJob } = await loadJob(name);
  const job = await openJob();
  const folder = await mkdtemp(join(root, `${name}-`));
  await job.prepare(folder);
  const victim = await startVictim({ name, folder, shared: job.share });
  const ended = await victim.workFor(Number.POSITIVE_INFINITY);
  await rm(folder, { recursive: true });
  if (ended === undefined) throw new Error(`${name} was killed by somebody else`);
  return { name, job, whole: ended.result, milliseconds: ended.milliseconds };
}

async function killOnce(opened: Opened, root: string, random: Random): Promise<string> {
  const { name, job, whole } = opened;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const folder = await mkdtemp(join(root, `${name}-`));
    try {
      const before = await job.prepare(folder);
      const victim: Victim = await startVictim({ name, folder, shared: job.share });
      const ended = await victim.workFor((random.below(1_000_000) / 1_000_000) * opened.milliseconds);
      if (ended !== undefined) {
        opened.milliseconds = ended.milliseconds;
        continue;
      }
      const left = await job.look(folder, { before, whole });
      const again = await job.work(folder);
      if (JSON.stringify(again.result) !== JSON.stringify(whole)) {
        const [found, expected] = [again.result, whole].map((each) => JSON.stringify(each));
        throw new SoakFinding('lost', `${name} from "${left.outcome}" ended with ${found} instead of ${expected}`);
      }
      if (left.units !== undefined && again.units > left.units) {
        throw new SoakFinding('lost', `${name} from "${left.outcome}" did ${again.units} again, not ${left.units}`);
      }
      return `${name}: ${left.outcome}`;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  throw new Error(`${name} ended ${attempts} times before it could be killed`);
}
