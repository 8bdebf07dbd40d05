/** hubSnapshot in a process of its own: started by {@link startDownload}, which passes id and options as JSON. */
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { MokusError } from '@mokus/core';
import { type HubSnapshotOptions, hubSnapshot } from '../../src/node/index.js';
import { type Outcome, startScript } from './limited-process.js';

type Printed = { readonly folder: string } | { readonly code: string; readonly message: string };

const thisFile = fileURLToPath(import.meta.url);

/** Starts a download in a process; `limitBlocks` is its `ulimit -f`, in blocks of 1,024 bytes. */
export function startDownload(
  id: string,
  options: HubSnapshotOptions,
  limitBlocks?: number,
): { readonly process: ChildProcess; readonly outcome: Promise<Outcome<Printed>> } {
  return startScript(thisFile, [id, JSON.stringify(options)], limitBlocks);
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
