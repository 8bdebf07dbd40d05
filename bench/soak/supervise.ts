import { type ChildProcess, type ForkOptions, fork } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { FindingKind, SoakPart } from './part.js';
import type { PartState } from './state.js';

export interface Finding {
  readonly index: number;
  readonly kind: FindingKind;
  readonly message: string;
}

/** What a worker is to do. */
export interface WorkerTask {
  readonly module: string;
  readonly seed: number;
  /** Cases with a finding, to see whether it has been mended. */
  readonly again: readonly number[];
  readonly from: number;
  readonly to: number;
  /** Cases that ended the process, or the patience with it. */
  readonly skip: readonly number[];
  /** Where the worker keeps the number of the case at hand. */
  readonly atFile: string;
}

/** What happened since the last report. */
export interface WorkerReport {
  readonly outcomes: Readonly<Record<string, number>>;
  readonly findings: readonly Finding[];
  readonly mended: readonly number[];
  /** The next case. */
  readonly next: number;
  /** Resident, after the warm-up. */
  readonly rssMb: number | undefined;
}

export interface SuperviseOptions {
  /** Where the worker keeps the number of the case at hand. */
  readonly atFile: string;
  /** The case at which to stop. */
  readonly to: number;
  readonly signal?: AbortSignal | undefined;
  readonly onReport: (state: PartState) => void;
}

const program = fileURLToPath(new URL('./worker.ts', import.meta.url));
/** Where tsx finds the paths of the packages' sources. */
const cwd = fileURLToPath(new URL('../../', import.meta.url));
const startOptions: ForkOptions = { cwd, execArgv: ['--import', 'tsx'], stdio: ['ignore', 'inherit', 'pipe', 'ipc'] };

/**
 * Runs the cases of a part up to `to` in a process of its own, and in another one when that dies or hangs: the case is
 * then a finding, and the others go on. Cases with a finding of an earlier run are tried again first.
 */
export async function supervise(
  module: URL,
  part: Pick<SoakPart, 'patience'>,
  state: PartState,
  options: SuperviseOptions,
): Promise<void> {
  let again = state.findings.map(({ index }) => index);
  while ((state.done < options.to || again.length > 0) && options.signal?.aborted !== true) {
    const skip = state.findings.filter(({ kind }) => kind === 'crash' || kind === 'hang').map(({ index }) => index);
    const task = { module: module.href, seed: state.seed, again, from: state.done, to: options.to, skip };
    const ended = await runWorker({ ...task, atFile: options.atFile }, part.patience, state, options);
    if (ended === undefined) return;
    const counted = `finding: ${ended.kind}`;
    if (again.includes(ended.index)) again = again.filter((index) => index !== ended.index);
    else {
      state.findings.push(ended);
      state.outcomes[counted] = (state.outcomes[counted] ?? 0) + 1;
    }
    options.onReport(state);
  }
}

/** Resolves to what ended the worker before its time. */
async function runWorker(
  task: WorkerTask,
  patience: number,
  state: PartState,
  { signal, onReport }: SuperviseOptions,
): Promise<Finding | undefined> {
  rmSync(task.atFile, { force: true });
  const child = fork(program, [], startOptions);
  const complaints = lastOf(child);
  const samples: number[] = [];
  state.rssMb.push(samples);
  let started = performance.now();
  child.on('message', (report: WorkerReport) => {
    const now = performance.now();
    state.seconds += (now - started) / 1000;
    started = now;
    take(state, report);
    if (report.rssMb !== undefined) samples.push(Math.round(report.rssMb * 10) / 10);
    onReport(state);
  });
  const watch = watchCase(task.atFile, patience, () => child.kill('SIGKILL'));
  const stop = (): boolean => child.kill('SIGTERM');
  signal?.addEventListener('abort', stop);
  child.send(task);
  const [code, killedBy] = await new Promise<[number | null, string | null]>((resolve) => {
    child.on('close', (...how) => resolve(how));
  });
  watch.stop();
  signal?.removeEventListener('abort', stop);
  if (signal?.aborted || (code === 0 && state.done >= task.to)) return undefined;
  const index = caseIn(task.atFile);
  const how = `the process ended with ${killedBy ?? `code ${code}`}`;
  if (index === undefined) throw new Error(`${task.module} does not open: ${how}\n${complaints()}`);
  if (watch.hasHung()) return { index, kind: 'hang', message: `no end after ${patience} ms` };
  return { index, kind: 'crash', message: `${how}\n${complaints()}` };
}

function take(state: PartState, { outcomes, findings, mended, next }: WorkerReport): void {
  const count = (name: string, by: number): void => {
    state.outcomes[name] = (state.outcomes[name] ?? 0) + by;
  };
  for (const [name, by] of Object.entries(outcomes)) count(name, by);
  for (const { index, kind } of state.findings) {
    if (!mended.includes(index)) continue;
    count(`finding: ${kind}`, -1);
    count('mended', 1);
  }
  state.findings = [...state.findings.filter(({ index }) => !mended.includes(index)), ...findings];
  state.done = next;
}

/** Calls `hang` when the same case is at hand for too long. */
function watchCase(atFile: string, patience: number, hang: () => void): { stop(): void; hasHung(): boolean } {
  let last: number | undefined;
  let since = performance.now();
  let hung = false;
  const timer = setInterval(
    () => {
      const index = caseIn(atFile);
      if (index !== last || index === undefined) since = performance.now();
      last = index;
      if (performance.now() - since < patience) return;
      hung = true;
      hang();
    },
    Math.min(1000, patience / 4),
  );
  return { stop: () => clearInterval(timer), hasHung: () => hung };
}

function caseIn(atFile: string): number | undefined {
  try {
    const text = readFileSync(atFile, 'utf8').trim();
    return text === '' ? undefined : Number(text);
  } catch {
    return undefined;
  }
}

/** The end of what a process complains about. */
function lastOf(child: ChildProcess): () => string {
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-2000);
  });
  return () => text;
}
