import type { NearestVerdict } from '@mokus/bench';
import { type ChainPart, chainParts } from './chain.js';
import type { Conformance } from './conformance.js';
import { type FullWidthPart, fullWidthParts } from './full-width.js';
import { pictureCount, samePictures } from './pictures.js';

export type TimedPart = ChainPart | FullWidthPart;
export const timedParts: readonly TimedPart[] = [...chainParts, ...fullWidthParts];
type Times = Readonly<Record<TimedPart, number | null>>;

/** What the processes of one backend measured. */
export interface PartResults {
  /** Seconds by part, and `weightReuploads`. */
  readonly figures: Record<string, number | undefined>;
  /** Why there is no figure, by part. */
  readonly reasons: Record<string, string>;
  conformance: Conformance | undefined;
  verdicts: readonly NearestVerdict[] | undefined;
}

/** What the report says of one backend; null is not measured. */
export interface BackendFigures {
  readonly library: string;
  /** Share of the conformance kit's cases. */
  readonly conformancePassed: number | null;
  readonly conformanceCases: number | null;
  readonly conformanceFailed: Readonly<Record<string, string>>;
  /** Of `pictures`, those that show the same concept and scene as the CPU's. */
  readonly samePictures: number | null;
  readonly pictures: number;
  readonly weightReuploads: number | null;
  readonly seconds: Times;
  readonly ratioToCpu: Times;
  readonly notMeasured: Readonly<Record<string, string>>;
}

export function figuresOf(library: string, own: PartResults, cpu: PartResults | undefined): BackendFigures {
  const { figures, reasons, conformance, verdicts } = own;
  const cases = conformance?.cases;
  const failed = conformance?.failed ?? {};
  const isFewer = verdicts !== undefined && verdicts.length < pictureCount;
  return {
    library,
    conformancePassed: cases === undefined ? null : 1 - Object.keys(failed).length / cases,
    conformanceCases: cases ?? null,
    conformanceFailed: failed,
    samePictures: verdicts && cpu?.verdicts ? samePictures(verdicts, cpu.verdicts) : null,
    pictures: verdicts?.length ?? 0,
    weightReuploads: figures.weightReuploads ?? null,
    seconds: ofParts((part) => figures[part]),
    ratioToCpu: ofParts((part) => ratio(figures[part], cpu?.figures[part])),
    notMeasured: isFewer
      ? { ...reasons, pictures: `${verdicts.length} of ${pictureCount} in the time given` }
      : reasons,
  };
}

/** How many times as long the second takes as the first. */
export function ratiosBetween(one: BackendFigures | undefined, other: BackendFigures | undefined): Times | null {
  if (one === undefined || other === undefined) return null;
  return ofParts((part) => ratio(other.seconds[part], one.seconds[part]));
}

function ofParts(figure: (part: TimedPart) => number | null | undefined): Times {
  return Object.fromEntries(timedParts.map((part) => [part, figure(part) ?? null])) as Times;
}

function ratio(one: number | null | undefined, other: number | null | undefined): number | undefined {
  return one == null || other == null ? undefined : one / other;
}
