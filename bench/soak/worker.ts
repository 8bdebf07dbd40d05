/**
 * The process in which a part's cases run, started by {@link file://./supervise.ts}. It keeps the number of the case at
 * hand in a file: a process that dies sends no more.
 */
import { openSync, writeSync } from 'node:fs';
import { loadPart, SoakFinding } from './part.js';
import type { Finding, WorkerReport, WorkerTask } from './supervise.js';

/** Milliseconds from one report to the next. */
const reportEvery = 2000;

async function work({ module, seed, again, from, to, skip, atFile }: WorkerTask): Promise<void> {
  const part = await loadPart(new URL(module));
  const at = openSync(atFile, 'w');
  const open = await part.open(seed);
  let report = emptyReport(from);
  let reported = performance.now();
  let ran = 0;
  const runCase = async (index: number): Promise<Finding | string> => {
    writeSync(at, String(index).padEnd(12), 0);
    try {
      return await open.run(index);
    } catch (error) {
      return findingOf(index, error);
    }
  };
  for (const index of again) {
    const outcome = await runCase(index);
    if (typeof outcome === 'string') report.mended.push(index);
  }
  for (let index = from; index < to; index += 1) {
    if (skip.includes(index)) continue;
    const outcome = await runCase(index);
    const name = typeof outcome === 'string' ? outcome : `finding: ${outcome.kind}`;
    report.outcomes[name] = (report.outcomes[name] ?? 0) + 1;
    if (typeof outcome !== 'string') report.findings.push(outcome);
    report.next = index + 1;
    ran += 1;
    if (performance.now() - reported < reportEvery) continue;
    reported = performance.now();
    await send({ ...report, rssMb: ran < part.warmUp ? undefined : process.memoryUsage().rss / 1e6 });
    report = emptyReport(index + 1);
  }
  await send({ ...report, next: to, rssMb: ran < part.warmUp ? undefined : process.memoryUsage().rss / 1e6 });
  await open.dispose();
}

function emptyReport(next: number) {
  return { outcomes: {} as Record<string, number>, findings: [] as Finding[], mended: [] as number[], next };
}

function findingOf(index: number, error: unknown): Finding {
  const kind = error instanceof SoakFinding ? error.kind : 'untyped';
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const cause = error instanceof Error && error.cause !== undefined ? `\ncaused by ${describe(error.cause)}` : '';
  return { index, kind, message: `${text.slice(0, 1500)}${cause}` };
}

function describe(cause: unknown): string {
  return (cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)).slice(0, 1500);
}

function send(report: WorkerReport): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(report, undefined, {}, (error) => (error ? reject(error) : resolve()));
  });
}

process.once('message', (task: WorkerTask) => {
  work(task).then(
    () => process.disconnect(),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
