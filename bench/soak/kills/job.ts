import { createHash } from 'node:crypto';
import type { Json } from '@mokus/core';

export const jobNames = ['learn', 'compare', 'download', 'save', 'edit'] as const;
export type JobName = (typeof jobNames)[number];

/** Work that is killed at any moment, and done again on what was left. */
export interface KillJob {
  /** Makes what lies in the folder before; says what {@link look} needs to know of it. */
  readonly prepare: (folder: string) => Promise<Json>;
  /** Does all of it, or what is left of it. */
  readonly work: (folder: string) => Promise<Done>;
  /** Looks at what a killed process left. Throws SoakFinding `half-taken` for a part that is taken for a whole. */
  readonly look: (folder: string, known: Known) => Promise<Left>;
  readonly dispose?: () => Promise<void>;
  /** What the process that is killed needs to know, such as an address. */
  readonly share?: Json;
}

export interface Done {
  /** The same however often the work was interrupted. */
  readonly result: Json;
  /** Steps, parts or files of this run. */
  readonly units: number;
}

export interface Known {
  /** From `prepare`. */
  readonly before: Json;
  /** The result of work that nothing interrupted. */
  readonly whole: Json;
}

export interface Left {
  /** In words. */
  readonly outcome: string;
  /** More than so many {@link Done.units} of the next run mean that something was lost that had been kept. */
  readonly units?: number;
}

/** The module of a job; it exports `openJob`, which the killed process calls with what the other one got to `share`. */
export async function loadJob(name: JobName): Promise<{ openJob(shared?: Json): Promise<KillJob> }> {
  return import(new URL(`${name}.ts`, import.meta.url).href);
}

export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
