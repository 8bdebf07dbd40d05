import { existsSync, readFileSync } from 'node:fs';
import type { NearestVerdict } from '@mokus/bench';
import type { TransferCase } from '../emoji-world/plan.js';

/** One picture after an edit; for prompts that must stay, also the one before it. */
export interface PictureRow {
  readonly role: 'edited' | 'heldOut' | 'sameRelation' | 'other';
  readonly prompt: string;
  readonly seed: number;
  readonly nearest: NearestVerdict;
  readonly before?: NearestVerdict;
}

export interface CaseRow
  extends Pick<TransferCase, 'id' | 'relation' | 'seen' | 'subject' | 'oldAnswer' | 'newAnswer'> {
  readonly configuration: string;
  /** The language model's own answer after the edit. */
  readonly answer: string;
  readonly pictures: readonly PictureRow[];
}

/** The cases of a file with one line a case; none where the file is not there yet. */
export function readCases(file: string): CaseRow[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as CaseRow);
}
