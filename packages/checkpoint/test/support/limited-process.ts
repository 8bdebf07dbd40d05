/** A script of these tests in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What a script prints as JSON; or, where it did not end by itself, how it ended. */
export type Outcome<Printed> = Printed | { readonly signal: string | null; readonly stderr: string };

const root = fileURLToPath(new URL('../../../..', import.meta.url));

/** Starts a script; `limitBlocks` is its `ulimit -f`, in blocks of 1,024 bytes: the size at which its files are full. */
export function startScript<Printed>(
  script: string,
  args: readonly string[],
  limitBlocks: number | 'unlimited' = 'unlimited',
): { readonly process: ChildProcess; readonly outcome: Promise<Outcome<Printed>> } {
  const command = `ulimit -f ${limitBlocks} && exec "$0" --import tsx "$@"`;
  // bash counts in blocks of 1,024 bytes, other shells in 512.
  const child = spawn('bash', ['-c', command, process.execPath, script, ...args], { cwd: root });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const outcome = new Promise<Outcome<Printed>>((resolve) => {
    child.on('close', (status, signal) => resolve(status === 0 ? JSON.parse(stdout) : { signal, stderr }));
  });
  return { process: child, outcome };
}
