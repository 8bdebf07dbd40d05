import { rate, shows } from '../emoji-world/rates.js';
import type { NaturalRow } from './natural.js';
import type { CaseRow, PictureRow } from './rows.js';

/** Rates in [0, 1]. */
export interface TransferRates {
  readonly edits: number;
  /** Pictures of the new answer: on the edited phrasing, on held-out phrasings, and both on unseen relations only. */
  readonly editedPicture: number;
  readonly heldOutPicture: number;
  readonly unseenPicture: number;
  /** Pictures of unrelated prompts that stayed what they were: all, and those of the same relation. */
  readonly unrelatedKept: number;
  readonly sameRelationKept: number;
  /** The language model's own answer is the new one. */
  readonly answerChanged: number;
}

/** Kept: the same training picture, concept and scene, is nearest before and after, and near enough after. */
function kept({ nearest, before }: PictureRow, limit: number): boolean {
  return (
    before !== undefined &&
    nearest.concept === before.concept &&
    nearest.scene === before.scene &&
    nearest.distance <= limit
  );
}

export function summarise(cases: readonly CaseRow[], limit: number): TransferRates {
  const pictures = cases.flatMap((each) => each.pictures.map((picture) => ({ ...picture, each })));
  const ofRole = (...roles: readonly PictureRow['role'][]) => pictures.filter(({ role }) => roles.includes(role));
  const isNew = (picture: (typeof pictures)[number]) => shows(picture, picture.each.newAnswer, limit);
  return {
    edits: cases.length,
    editedPicture: rate(ofRole('edited'), isNew),
    heldOutPicture: rate(ofRole('heldOut'), isNew),
    unseenPicture: rate(
      ofRole('edited', 'heldOut').filter(({ each }) => !each.seen),
      isNew,
    ),
    unrelatedKept: rate(ofRole('sameRelation', 'other'), (picture) => kept(picture, limit)),
    sameRelationKept: rate(ofRole('sameRelation'), (picture) => kept(picture, limit)),
    answerChanged: rate(cases, ({ answer, newAnswer }) => answer === newAnswer),
  };
}

/** What the unedited model draws right. */
export function summariseNatural(
  rows: readonly NaturalRow[],
  limit: number,
): { prompts: number; names: number; longNames: number; picture: number; unseenPicture: number; scene: number } {
  const right = (row: NaturalRow) => shows(row, row.concept, limit);
  const ofKind = (kind: NaturalRow['kind']) => rows.filter((row) => row.kind === kind);
  return {
    prompts: rows.length,
    names: rate(ofKind('name'), right),
    longNames: rate(ofKind('longName'), right),
    picture: rate(ofKind('fact'), right),
    unseenPicture: rate(ofKind('unseenFact'), right),
    scene: rate(rows, ({ scene, nearest }) => nearest.scene === scene),
  };
}
