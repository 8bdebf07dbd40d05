import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { median } from '../averages.js';
import { recordHead } from '../record.js';
import { type FindingKind, type PartName, parts as partNames } from './part.js';
import type { PartState } from './state.js';

/** A part in bench/results/soak.json. */
export interface PartRecord {
  readonly cases: number;
  readonly seed: number;
  readonly seconds: number;
  /** `mended`: had a finding once, and has none any more. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly findings: PartState['findings'];
  readonly rssMb?: {
    readonly start: number;
    readonly end: number;
    readonly highest: number;
    readonly processes: number;
  };
  readonly measured: Readonly<Record<string, unknown>>;
}

export type PartRecords = { readonly [Name in PartName]?: PartRecord };

/**
 * Resident memory at the start and at the end of the process that ran longest: medians of the first and the last tenth of
 * what was sampled after the warm-up.
 */
export function memoryOf(
  samples: readonly (readonly number[])[],
): Omit<Required<PartRecord>['rssMb'], 'processes'> | undefined {
  const [longest = []] = [...samples].sort((a, b) => b.length - a.length);
  if (longest.length === 0) return undefined;
  const tenth = Math.ceil(longest.length / 10);
  return {
    start: median(longest.slice(0, tenth))!,
    end: median(longest.slice(-tenth))!,
    highest: Math.max(...longest),
  };
}

function partRecord(state: PartState): PartRecord {
  const { seed, done, seconds, outcomes, findings, rssMb, where } = state;
  const memory = memoryOf(rssMb);
  return {
    cases: done,
    seed,
    seconds: Math.round(seconds),
    outcomes: Object.fromEntries(
      Object.entries(outcomes)
        .filter(([, count]) => count > 0)
        .sort(([, a], [, b]) => b - a),
    ),
    findings,
    ...(memory === undefined ? {} : { rssMb: { ...memory, processes: rssMb.length } }),
    measured: where,
  };
}

/** The figures of the whole, from its parts. `crashes` counts whatever went wrong with a file, a folder or a cycle. */
function soakFigures({ files, folders, cycles, kills }: PartRecords): Readonly<Record<string, number | null>> {
  const found = (part: PartRecord | undefined, ...kinds: FindingKind[]): number =>
    part?.findings.filter(({ kind }) => kinds.length === 0 || kinds.includes(kind)).length ?? 0;
  return {
    files: files?.cases ?? 0,
    folders: folders?.cases ?? 0,
    crashes: found(files) + found(folders) + found(cycles) + found(kills, 'crash', 'hang', 'untyped'),
    cycles: cycles?.cases ?? 0,
    rssStartMb: cycles?.rssMb?.start ?? null,
    rssEndMb: cycles?.rssMb?.end ?? null,
    kills: kills?.cases ?? 0,
    halfTaken: found(kills, 'half-taken'),
    lost: found(kills, 'lost'),
  };
}

/** Puts a part into the record, unless a longer run of it stands there without a finding. */
export function writeRecord(
  file: URL,
  name: PartName,
  state: PartState,
  targets: Readonly<Record<PartName, number>>,
): boolean {
  const before: { readonly parts: PartRecords } = existsSync(file)
    ? JSON.parse(readFileSync(file, 'utf8'))
    : { parts: {} };
  const kept = before.parts[name];
  if (kept !== undefined && kept.cases > state.done && state.findings.length === 0) return false;
  const known: PartRecords = { ...before.parts, [name]: partRecord(state) };
  const parts: PartRecords = Object.fromEntries(
    partNames.flatMap((each) => (known[each] ? [[each, known[each]]] : [])),
  );
  const record = { ...recordHead('npm run soak'), target: targets, ...soakFigures(parts), parts };
  writeFileSync(file, `${JSON.stringify(record, null, 2)}\n`);
  return true;
}
