/** hubSnapshot in a process of its own: started by {@link startDownload}, which passes id and options as JSON. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { MokusError } from '@mokus/core';
import { type HubSnapshotOptions, hubSnapshot } from '../../src/node/index.js';

export type Outcome =
  | { readonly folder: string }
  | { readonly code: string; readonly message: string }
  | { readonly signal: string | null; readonly stderr: string };

const thisFile = fileURLToPath(import.meta.url);
const root = fileURLToPath(new URL('../../../..', import.meta.url));

/** Starts a download in a process; `limitBlocks` is its `ulimit -f`, in blocks of 1,024 bytes. */
export function startDownload(
  id: string,
  options: HubSnapshotOptions,
  limitBlocks: number | 'unlimited' = 'unlimited',
): { readonly process: ChildProcess; readonly outcome: Promise<Outcome> } {
  const command = `ulimit -f ${limitBlocks} && exec "$0" --import tsx "$1" "$2" "$3"`;
  // bash counts in blocks of 1,024 bytes, other shells in 512.
  const child = spawn('bash', ['-c', command, process.execPath, thisFile, id, JSON.stringify(options)], { cwd: root });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const outcome = new Promise<Outcome>((resolve) => {
    child.on('close', (status, signal) => resolve(status === 0 ? JSON.parse(stdout) : { signal, stderr }));
  });
  return { process: child, outcome };
}

if (process.argv[1] === thisFile) {
  const [, , id = '', options = '{}'] = process.argv;
  try {
    console.log(JSON.stringify({ folder: await hubSnapshot(id, JSON.parse(options)) }));
  } catch (error) {
    if (!MokusError.isInstance(error)) throw error;
    console.log(JSON.stringify({ code: error.code, message: error.message }));
  }
}
