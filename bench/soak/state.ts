import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { recordHead } from '../record.js';
import type { PartName } from './part.js';
import type { Finding } from './supervise.js';

/** How far a part is. */
export interface PartState {
  readonly seed: number;
  /** Where and with what. */
  where: Readonly<Record<string, unknown>>;
  /** Cases that have been run: 0 to `done` - 1. */
  done: number;
  seconds: number;
  outcomes: Record<string, number>;
  findings: Finding[];
  /** Resident memory after the warm-up, every two seconds or more, of each process that ran cases. */
  rssMb: number[][];
}

const folder = fileURLToPath(new URL('../../.cache/soak/', import.meta.url));

/** A file of a part under .cache. */
export function cacheFile(name: PartName, extension: string): string {
  mkdirSync(folder, { recursive: true });
  return `${folder}${name}.${extension}`;
}

export function newState(seed: number): PartState {
  return { seed, where: head(), done: 0, seconds: 0, outcomes: {}, findings: [], rssMb: [] };
}

/** What an earlier run of the same seed has done. */
export function readState(name: PartName, seed: number): PartState {
  const file = cacheFile(name, 'json');
  const kept = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as PartState) : undefined;
  return kept?.seed === seed ? kept : newState(seed);
}

export function writeState(name: PartName, state: PartState): void {
  const file = cacheFile(name, 'json');
  writeFileSync(`${file}.part`, JSON.stringify(state));
  renameSync(`${file}.part`, file);
}

/** What is in the head of every record. */
export function head(): Readonly<Record<string, unknown>> {
  const { command: _, ...where } = recordHead('');
  return where;
}
