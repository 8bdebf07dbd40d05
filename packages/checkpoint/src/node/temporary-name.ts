import { createHash, randomBytes } from 'node:crypto';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { systemErrorCode } from './disk-error.js';

/**
 * What is being written has a name that says who writes it, `HOST-PID-RANDOM`, so that the next process can tell what a
 * killed one left behind from what another is busy with. A process id of 0 is nobody's: whoever stopped said so.
 */
const writer = /^([0-9a-f]{8})-(\d{1,10})-[0-9a-f]{8}$/;

const host: string = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);

/** What goes before and after the writer in such a name. */
export interface TemporaryKind {
  readonly before: string;
  readonly after: string;
  /** What another program puts in the writer's place. */
  readonly foreignWriter?: RegExp;
}

/** Files and folders on their way to `path`: hidden, beside their place. */
export function writtenTo(path: string): TemporaryKind {
  return { before: `.${basename(path)}.`, after: '.tmp' };
}

/** A name of this kind for this process, or for nobody. */
export function temporaryName({ before, after }: TemporaryKind, processId: number = process.pid): string {
  return `${before}${host}-${processId}-${randomBytes(4).toString('hex')}${after}`;
}

/** A file or folder that nobody writes any more. */
export interface Abandoned {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/** Milliseconds. No write that is still going on leaves its file alone for so long, and no save takes longer. */
const longestSilence = { file: 60 * 60 * 1000, folder: 24 * 60 * 60 * 1000 };

/**
 * What killed processes left of a kind in a folder. One that has no process of this machine in its name, or a process id
 * that is in use (perhaps by another by now), counts after an hour without a change, a folder after a day.
 */
export async function findAbandoned(folder: string, kind: TemporaryKind): Promise<readonly Abandoned[]> {
  const found: Abandoned[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    const by = writerIn(name, kind);
    if (by === undefined) continue;
    const path = join(folder, name);
    const stats = await stat(path).catch(() => undefined);
    if (stats === undefined) continue;
    const isOld = Date.now() - stats.mtimeMs > (stats.isDirectory() ? longestSilence.folder : longestSilence.file);
    if (isOld || hasEnded(by)) found.push({ path, size: stats.size });
  }
  return found;
}

/** The writer in a name of this kind, undefined for any other name. */
function writerIn(name: string, { before, after, foreignWriter }: TemporaryKind): string | undefined {
  if (!name.startsWith(before) || !name.endsWith(after)) return undefined;
  const text = name.slice(before.length, name.length - after.length);
  return writer.test(text) || foreignWriter?.test(text) ? text : undefined;
}

/** Removes what killed processes left of files or folders on their way to `path`. */
export async function removeAbandoned(path: string): Promise<void> {
  for (const left of await findAbandoned(dirname(path), writtenTo(path))) {
    await rm(left.path, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Renames what others may rename at the same time; says whether it was this call that did. */
export async function claim(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Whether the writer in a name was a process of this machine that is no more. */
function hasEnded(text: string): boolean {
  const [, writtenOn, processId] = writer.exec(text) ?? [];
  if (writtenOn !== host || processId === undefined) return false;
  if (Number(processId) === 0) return true;
  try {
    process.kill(Number(processId), 0);
    return false;
  } catch (error) {
    return systemErrorCode(error) === 'ESRCH';
  }
}
