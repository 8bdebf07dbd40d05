import type { NearestVerdict } from '@mokus/bench';
import type { StepTime } from '../step-times.js';
import { type ChainPart, chainParts } from './chain.js';
import type { Conformance } from './conformance.js';
import { type FullWidthPart, fullWidthParts } from './full-width.js';
import { pictureCount, samePictures } from './pictures.js';

export type TimedPart = ChainPart | FullWidthPart;
export const timedParts: readonly TimedPart[] = [...chainParts, ...fullWidthParts];
type PerPart<Value> = Readonly<Record<TimedPart, Value | null>>;

/** What the processes of one backend measured. */
export interface PartResults {
  readonly times: Partial<Record<TimedPart, StepTime | undefined>>;
  weightReuploads: number | undefined;
  /** Why there is no figure, by part. */
  readonly reasons: Record<string, string>;
  conformance: Conformance | undefined;
  verdicts: readonly NearestVerdict[] | undefined;
}

/** Before anything is measured. */
export function noResults(): PartResults {
  return { times: {}, reasons: {}, weightReuploads: undefined, conformance: undefined, verdicts: undefined };
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
  readonly times: PerPart<StepTime>;
  /** How many times as long it takes as the CPU, by the clock and in time of the processor. */
  readonly ratioToCpu: PerPart<StepTime>;
  readonly notMeasured: Readonly<Record<string, string>>;
}

export function figuresOf(library: string, own: PartResults, cpu: PartResults | undefined): BackendFigures {
  const { times, reasons, conformance, verdicts } = own;
  const cases = conformance?.cases;
  const failed = conformance?.failed ?? {};
  const pictures = verdicts?.length ?? 0;
  const isFewer = pictures > 0 && pictures < pictureCount;
  return {
    library,
    conformancePassed: cases === undefined ? null : 1 - Object.keys(failed).length / cases,
    conformanceCases: cases ?? null,
    conformanceFailed: failed,
    samePictures: pictures > 0 && verdicts && cpu?.verdicts ? samePictures(verdicts, cpu.verdicts) : null,
    pictures,
    weightReuploads: own.weightReuploads ?? null,
    times: ofParts((part) => times[part]),
    ratioToCpu: ofParts((part) => ratio(times[part], cpu?.times[part])),
    notMeasured: isFewer ? { ...reasons, pictures: `${pictures} of ${pictureCount} in the time given` } : reasons,
  };
}

/** How many times as long the second takes as the first. */
export function ratiosBetween(
  one: BackendFigures | undefined,
  other: BackendFigures | undefined,
): PerPart<StepTime> | null {
  if (one === undefined || other === undefined) return null;
  return ofParts((part) => ratio(other.times[part], one.times[part]));
}

function ofParts(figure: (part: TimedPart) => StepTime | null | undefined): PerPart<StepTime> {
  return Object.fromEntries(timedParts.map((part) => [part, figure(part) ?? null])) as PerPart<StepTime>;
}

function ratio(one: StepTime | null | undefined, other: StepTime | null | undefined): StepTime | undefined {
  if (one == null || other == null) return undefined;
  return {
    seconds: one.seconds / other.seconds,
    processorSeconds: one.processorSeconds / other.processorSeconds,
  };
}
