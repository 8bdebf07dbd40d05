import { concatenated, times, transposed } from '../solvers/products.js';
import { Spectrum } from '../solvers/spectrum.js';
import { exactUpTo } from '../solvers/symmetric-solver.js';

interface Keys {
  readonly dIn: number;
  /** [count, dIn], row-major. */
  readonly rows: Float64Array;
}

/** {@link KeyHistory} as JSON, by input group. */
export interface KeyHistoryJson {
  readonly [inputGroup: string]: { readonly dIn: number; readonly rows: readonly number[] };
}

/**
 * The keys of edits already made, by input group, carried from edit to edit by the caller: with them in the ridge
 * (A + Kp^T Kp) a later edit leaves alone what earlier ones wrote. AlphaEdit's Kp; an option of every
 * closed-form editor. Beyond 2 dIn keys they are replaced by dIn that have the same Kp^T Kp, so that an edit takes no
 * longer however many came before it (at a dIn above 4,096, which is not decomposed, all are kept). An editor adds to it only when its edit succeeds.
 */
export class KeyHistory {
  private readonly groups: Map<string, Keys>;

  constructor(saved: KeyHistoryJson = {}) {
    this.groups = new Map(
      Object.entries(saved).map(([group, { dIn, rows }]) => [group, { dIn, rows: Float64Array.from(rows) }]),
    );
  }

  toJSON(): KeyHistoryJson {
    return Object.fromEntries([...this.groups].map(([group, { dIn, rows }]) => [group, { dIn, rows: [...rows] }]));
  }

  /** [count, dIn], row-major; empty for a group that no edit has changed. */
  keys(inputGroup: string): Float64Array {
    return this.groups.get(inputGroup)?.rows ?? new Float64Array();
  }

  /** Adds keys [count, dIn] of an edit. */
  add(inputGroup: string, dIn: number, keys: Float64Array): void {
    const rows = concatenated([this.keys(inputGroup), keys]);
    const many = dIn <= exactUpTo && rows.length > 2 * dIn * dIn;
    this.groups.set(inputGroup, { dIn, rows: many ? sameGram(rows, dIn) : rows });
  }
}

/** dIn rows with the same sum of k k^T. */
function sameGram(rows: Float64Array, dIn: number): Float64Array {
  const gram = times(transposed(rows, dIn), rows, rows.length / dIn, dIn);
  return new Spectrum(gram, dIn).rootRows();
}

/** An empty history, or one read back from the JSON that a history writes. */
export function createKeyHistory(saved?: KeyHistoryJson): KeyHistory {
  return new KeyHistory(saved);
}
