import { type ChildProcess, type ForkOptions, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Json } from '@mokus/core';
import type { JobName } from './job.js';

export interface VictimTask {
  readonly name: JobName;
  readonly folder: string;
  readonly shared: Json | undefined;
}

/** Work that ended before it was killed. */
export interface Ended {
  readonly result: Json;
  readonly milliseconds: number;
}

/** A process that is ready to begin. */
export interface Victim {
  /** Kills it so many milliseconds after it began; undefined when it was killed before it had ended. */
  workFor(milliseconds: number): Promise<Ended | undefined>;
}

const program = fileURLToPath(new URL('./victim.ts', import.meta.url));
/** Where tsx finds the paths of the packages' sources. */
const cwd = fileURLToPath(new URL('../../../', import.meta.url));
const startOptions: ForkOptions = { cwd, execArgv: ['--import', 'tsx'], stdio: ['ignore', 'inherit', 'pipe', 'ipc'] };

/** Starts a process and lets it load its code: only the work itself is to be killed. */
export async function startVictim(task: VictimTask): Promise<Victim> {
  const child = fork(program, [], startOptions);
  let complaints = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaints = (complaints + text).slice(-2000);
  });
  const failed = (how: string): Error => new Error(`the process for '${task.name}' ${how}\n${complaints}`);
  child.send(task);
  await messageOf(child, failed);
  return {
    async workFor(milliseconds) {
      const ended = messageOf(child, failed) as Promise<Ended>;
      const closed = new Promise((resolve) => child.once('close', resolve));
      child.send('begin');
      let timer: NodeJS.Timeout | undefined;
      const killed = new Promise<undefined>((resolve) => {
        if (milliseconds < Number.POSITIVE_INFINITY) timer = setTimeout(() => resolve(undefined), milliseconds);
      });
      try {
        const outcome = await Promise.race([ended, killed]);
        ended.catch(() => undefined);
        return outcome;
      } finally {
        clearTimeout(timer);
        child.kill('SIGKILL');
        await closed;
      }
    },
  };
}

/** The next thing that a process says. */
function messageOf(child: ChildProcess, failed: (how: string) => Error): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('close', (code, signal) => reject(failed(`ended with ${signal ?? code}`)));
  });
}
