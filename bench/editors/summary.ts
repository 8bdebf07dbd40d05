import { type EditCell, pictureRates, summariseEdits } from '@mokus/bench';
import type { Combination } from './subject.js';

/** Rates in [0, 1]; null where the model draws no pictures. */
export interface EditorEntry {
  readonly name: string;
  readonly objective: string;
  readonly objectiveOptions?: Combination['objectiveOptions'];
  readonly model: string;
  readonly facts: number;
  /** Edits that the editor refused. The rates are of the others. */
  readonly failed: number;
  readonly reliability: number | undefined;
  readonly generalization: number | undefined;
  readonly locality: number | undefined;
  /** Pictures of the new answer: of the edited phrasing, of held-out ones, and of both for relations the image model never saw. */
  readonly editedPicture: number | null;
  readonly heldOutPicture: number | null;
  readonly unseenPicture: number | null;
  /** What the unedited model reaches on natural prompts of the same answers. */
  readonly naturalPicture: number | null;
  /** Pictures of other prompts that stayed what they were. */
  readonly unrelatedKept: number | null;
  /** The share of new answers that are first by the text, less that of pictures that show them. */
  readonly modalityGap: number | null;
  /** Means over the edits: cosine of the tapped state to the new and to the old answer's. */
  readonly toNewState: number | undefined;
  readonly toOldState: number | undefined;
  /** Median. */
  readonly secondsPerEdit: number | undefined;
  readonly editBytes: number | undefined;
}

/** What is known of a model beside what was measured of its edits. */
export interface SummaryContext {
  readonly model: string;
  /** By case. */
  readonly answers: Readonly<Record<string, string>>;
  /** By answer; none for a model without pictures. */
  readonly natural: Readonly<Record<string, number>>;
  readonly unseenCases: ReadonlySet<string>;
}

export function entryOf(
  { editor, objective, objectiveOptions }: Combination,
  cells: readonly EditCell[],
  { model, answers, natural, unseenCases }: SummaryContext,
): EditorEntry {
  const { rates, failed, state, secondsPerEdit, editBytes } = summariseEdits(editor, objective, cells);
  const unseen = cells.filter((cell) => unseenCases.has(cell.case)).flatMap(({ made }) => made?.pictures ?? []);
  // Both roles show the new answer; one rate over both.
  const ofUnseen = unseen.map((picture) =>
    picture.role === 'paraphrase' ? { ...picture, role: 'efficacy' as const } : picture,
  );
  const shares = cells.flatMap((cell) => natural[answers[cell.case] ?? ''] ?? []);
  return {
    name: editor,
    objective,
    objectiveOptions,
    model,
    facts: cells.length,
    failed,
    reliability: rates.reliability,
    generalization: rates.generalization,
    locality: rates.locality,
    editedPicture: rates.pictures.efficacy ?? null,
    heldOutPicture: rates.pictures.paraphrase ?? null,
    unseenPicture: pictureRates(ofUnseen).efficacy ?? null,
    naturalPicture: shares.length === 0 ? null : shares.reduce((sum, share) => sum + share, 0) / shares.length,
    unrelatedKept: rates.pictures.locality ?? null,
    modalityGap: rates.modalityGap ?? null,
    toNewState: state.after.toNew,
    toOldState: state.after.toOld,
    secondsPerEdit,
    editBytes,
  };
}
