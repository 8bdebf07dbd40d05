import { readFileSync } from 'node:fs';

/** Resident memory of this process after a part of its work, in MB. */
export interface Stage {
  readonly stage: string;
  /** The highest until now: VmHWM, which counts pages of mapped files too. */
  readonly peakMb: number;
  /** Now. */
  readonly anonymousMb: number;
  /** Now: pages of mapped files, which the system may take back. */
  readonly filesMb: number;
}

/** Runs the parts of a case in their order. Linux only: it reads /proc/self/status. */
export async function runStages(work: Readonly<Record<string, () => Promise<unknown>>>): Promise<readonly Stage[]> {
  const stages = [resident('start')];
  for (const [stage, run] of Object.entries(work)) {
    await run();
    stages.push(resident(stage));
  }
  return stages;
}

function resident(stage: string): Stage {
  const status = readFileSync('/proc/self/status', 'utf8');
  const field = (name: string): number => (1024 * Number(status.match(new RegExp(`${name}:\\s+(\\d+) kB`))?.[1])) / 1e6;
  return { stage, peakMb: field('VmHWM'), anonymousMb: field('RssAnon'), filesMb: field('RssFile') };
}
