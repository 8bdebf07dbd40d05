import { type KnowCusCell, type KnowCusPicture, type KnowCusSummary, summariseKnowCus } from '@mokus/bench';
import { median } from '../averages.js';
import { rate } from '../emoji-world/rates.js';
import type { Seen } from './edition.js';
import type { Ablation } from './methods.js';
import type { Besides } from './worker.js';

/** Rates in [0, 1]. A picture counts when the concept's own pictures are its nearest, and near enough. */
export interface ConceptRates {
  /** Prompts that state a bound fact as it was bound, alone. */
  readonly reconstructionShowsConcept: number;
  /** Prompts that state a bound fact in other words than those that were bound; in scenes, in most. */
  readonly factShowsConcept: number;
  /** Those of them that ask for a scene: concept and scene. */
  readonly factInScene: number;
  /** The same within the mask: concepts whatever the background. */
  readonly factShowsConceptMasked: number;
  /** Bound facts in other words, after recall; and those of them that ask for a scene. */
  readonly factRecalled: number;
  readonly factInSceneRecalled: number;
  readonly anchorShowsConcept: number;
  /** Prompts about other things: the same concept in the same scene as before. */
  readonly othersKept: number;
}

/** Medians over concepts; null where there is none. */
export interface Times {
  readonly learnSeconds: number | null;
  readonly bindMs: number | null;
  /** Processor time of the same, which other processes do not lengthen. */
  readonly learnCpuSeconds: number | null;
  readonly bindCpuMs: number | null;
}

export interface MethodReport extends ConceptRates, Times {
  readonly concepts: number;
  readonly reconstruction: KnowCusSummary['reconstruction'];
  readonly generation: KnowCusSummary['generation'];
}

const seenOf = (picture: KnowCusPicture): Seen => picture.seen as unknown as Seen;
const besidesOf = ({ besides }: KnowCusCell): Besides => besides as unknown as Besides;

export function ratesOf(cells: readonly KnowCusCell[], limit: number): ConceptRates {
  const pictures = cells.flatMap((cell) => cell.pictures);
  const shows = ({ seen, concept }: { readonly seen: Seen; readonly concept: string }): boolean =>
    seen.concept === concept && seen.distance <= limit;
  const showsConcept = (picture: KnowCusPicture): boolean => shows({ seen: seenOf(picture), concept: picture.concept });
  const restated = pictures.filter(({ unedited }) => unedited);
  const inScenes = restated.filter(({ scene }) => scene !== undefined && scene !== 'white');
  const ofConcept = (kind: 'anchor' | 'recalled') =>
    cells.flatMap((cell) => besidesOf(cell)[kind].map((each) => ({ ...each, concept: cell.concept })));
  const recalled = ofConcept('recalled');
  return {
    reconstructionShowsConcept: rate(
      pictures.filter(({ part }) => part === 'reconstruction'),
      showsConcept,
    ),
    factShowsConcept: rate(restated, showsConcept),
    factInScene: rate(inScenes, (picture) => showsConcept(picture) && seenOf(picture).scene === picture.scene),
    factShowsConceptMasked: rate(
      restated,
      (picture) => seenOf(picture).masked.concept === picture.concept && seenOf(picture).masked.distance <= limit,
    ),
    factRecalled: rate(recalled, shows),
    factInSceneRecalled: rate(
      recalled.filter(({ scene }) => scene !== 'white'),
      (each) => shows(each) && each.seen.scene === each.scene,
    ),
    anchorShowsConcept: rate(ofConcept('anchor'), shows),
    othersKept: rate(
      cells.flatMap((cell) => besidesOf(cell).others),
      ({ seen, before }) => seen.concept === before.concept && seen.scene === before.scene,
    ),
  };
}

function timesOf(cells: readonly KnowCusCell[]): Times {
  const seconds = (pick: (cell: KnowCusCell) => number | null): number | null =>
    median(cells.flatMap((cell) => pick(cell) ?? [])) ?? null;
  const ms = (value: number | null): number | null => (value === null ? null : value * 1000);
  return {
    learnSeconds: seconds(({ learnSeconds }) => learnSeconds),
    bindMs: ms(seconds(({ bindSeconds }) => bindSeconds)),
    learnCpuSeconds: seconds((cell) => (cell.learnSeconds === null ? null : besidesOf(cell).cpuSeconds.learn)),
    bindCpuMs: ms(seconds((cell) => (cell.bindSeconds === null ? null : besidesOf(cell).cpuSeconds.bind))),
  };
}

/** What the pictures of the three methods came to, by name. */
export function methodReports(
  cells: readonly KnowCusCell[],
  limit: number,
): Record<string, Omit<MethodReport, keyof Times>> {
  return Object.fromEntries(
    summariseKnowCus(cells).map(({ method, concepts, reconstruction, generation }) => {
      const own = cells.filter((cell) => cell.method === method);
      return [method, { concepts, reconstruction, generation, ...ratesOf(own, limit) }];
    }),
  );
}

export function timesByMethod(cells: readonly KnowCusCell[]): Record<string, Times> {
  const names = [...new Set(cells.map(({ method }) => method))];
  return Object.fromEntries(names.map((name) => [name, timesOf(cells.filter(({ method }) => method === name))]));
}

/** What is varied, and what that came to; by the kind of ablation. */
export function ablationReports(
  methods: readonly Pick<Ablation, 'ablation' | 'varied' | 'name'>[],
  cells: readonly KnowCusCell[],
  limit: number,
): Record<string, object[]> {
  const reports: Record<string, object[]> = { facts: [], factor: [], objective: [], recall: [] };
  for (const { ablation, varied, name } of methods) {
    const own = cells.filter((cell) => cell.method === name);
    const { bindMs, bindCpuMs } = timesOf(own);
    reports[ablation]?.push({ ...varied, concepts: own.length, ...ratesOf(own, limit), bindMs, bindCpuMs });
  }
  return reports;
}
