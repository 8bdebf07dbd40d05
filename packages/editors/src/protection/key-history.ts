import { MokusError, type Site } from '@mokus/core';
import { savedCount, savedEntries, savedNumbers, savedText } from '../saved-state.js';
import { concatenated, times, transposed } from '../solvers/products.js';
import { identityRidge, type Ridge } from '../solvers/ridge.js';
import { Spectrum } from '../solvers/spectrum.js';
import { exactUpTo, type SolveOptions } from '../solvers/symmetric-solver.js';

const owner = 'createKeyHistory';

interface Keys {
  readonly dIn: number;
  /** [count, dIn], row-major. */
  readonly rows: Float64Array;
  /** Fingerprint of the text encoder that they are of; unknown of those that an older version saved. */
  readonly baseModel: string | undefined;
}

/** How a history's keys enter a ridge. The same objects from edit to edit, so that keys are worked in once. */
export interface KeptRidge {
  /** Without the history. */
  readonly base: Ridge;
  /** Of each key. */
  readonly weight: number;
}

/** A ridge with the keys that a group had when it was asked for, and what came since. */
interface WorkedIn {
  readonly kept: KeptRidge;
  readonly ridge: Ridge;
  /** [count, dIn]. */
  readonly since: Float64Array;
}

/** {@link KeyHistory} as JSON, by input group. */
export interface KeyHistoryJson {
  readonly [inputGroup: string]: {
    readonly dIn: number;
    readonly rows: readonly number[];
    /** Fingerprint of the text encoder. Older versions wrote none: it is taken for the one that is edited. */
    readonly baseModel?: string;
  };
}

/**
 * The keys of edits already made, by input group, carried from edit to edit by the caller: with them in the ridge
 * (A + Kp^T Kp) a later edit leaves alone what earlier ones wrote. AlphaEdit's Kp; an option of every
 * closed-form editor. Beyond 2 dIn keys they are replaced by dIn that have the same Kp^T Kp (but at a dIn above 4,096, which
 * is neither decomposed nor factored, where all are kept), and a ridge takes in only those that are new, so that an edit takes
 * no longer however many came before it. A history that was read back takes all of its keys in at its first edit. An editor
 * adds to it only when its edit succeeds. It belongs to one text encoder, as the edits do that its keys are of.
 */
export class KeyHistory {
  private readonly groups: Map<string, Keys>;
  /** Of each group the ridge that was asked for last. */
  private readonly worked = new Map<string, WorkedIn>();
  private readonly identities = new Map<string, Ridge>();

  constructor(saved: KeyHistoryJson = {}) {
    this.groups = new Map(
      savedEntries(owner, saved).map(([group, entry]) => {
        const dIn = savedCount(owner, `dIn of '${group}'`, entry.dIn, 1);
        const rows = savedNumbers(owner, `rows of '${group}'`, entry.rows, dIn);
        return [group, { dIn, rows, baseModel: savedText(owner, `baseModel of '${group}'`, entry.baseModel) }];
      }),
    );
  }

  toJSON(): KeyHistoryJson {
    return Object.fromEntries(
      [...this.groups].map(([group, { dIn, rows, baseModel }]) => [
        group,
        { dIn, rows: [...rows], ...(baseModel !== undefined && { baseModel }) },
      ]),
    );
  }

  /** [count, dIn], row-major; empty for a group that no edit has changed. */
  keys(inputGroup: string): Float64Array {
    return this.groups.get(inputGroup)?.rows ?? new Float64Array();
  }

  /**
   * Throws MokusError `base-model` and `input` where keys are of another text encoder, or of other numbers of inputs than its
   * sites have: before an edit does anything.
   */
  requireFitting(baseModel: string, sites: readonly Pick<Site, 'inputGroup' | 'dIn'>[]): void {
    for (const { inputGroup, dIn } of sites) {
      this.requireModel(inputGroup, baseModel);
      this.requireWidth(inputGroup, dIn);
    }
  }

  /** A + weight Kp^T Kp; A itself where no edit has changed the group. Throws MokusError `input` for an A of another size. */
  async ridge(inputGroup: string, kept: KeptRidge, options: SolveOptions = {}): Promise<Ridge> {
    const rows = this.keys(inputGroup);
    if (rows.length === 0) return kept.base;
    this.requireWidth(inputGroup, kept.base.size);
    const earlier = this.worked.get(inputGroup);
    const [from, more] =
      earlier !== undefined && isSame(earlier.kept, kept) ? [earlier.ridge, earlier.since] : [kept.base, rows];
    const ridge = more.length === 0 ? from : await from.plus(weighed(more, kept), options);
    // Keys that came while these were solved are not in it.
    if (this.keys(inputGroup) === rows) this.worked.set(inputGroup, { kept, ridge, since: new Float64Array() });
    return ridge;
  }

  /** lambda I as a base of {@link ridge}: the same object from edit to edit. */
  identity(dIn: number, lambda: number): Ridge {
    const name = `${lambda} ${dIn}`;
    const known = this.identities.get(name) ?? identityRidge(dIn, lambda);
    this.identities.set(name, known);
    return known;
  }

  /**
   * Adds keys [count, dIn] of an edit of the text encoder with this fingerprint. Throws as {@link requireFitting}.
   */
  add(inputGroup: string, dIn: number, keys: Float64Array, baseModel?: string): void {
    this.requireModel(inputGroup, baseModel);
    this.requireWidth(inputGroup, dIn);
    const rows = concatenated([this.keys(inputGroup), keys]);
    const fewer = dIn <= exactUpTo && rows.length > 2 * dIn * dIn;
    this.groups.set(inputGroup, {
      dIn,
      rows: fewer ? sameGram(rows, dIn) : rows,
      baseModel: baseModel ?? this.groups.get(inputGroup)?.baseModel,
    });
    const worked = this.worked.get(inputGroup);
    // What is worked in is the sum of k k^T: that of fewer rows is no other.
    if (worked) this.worked.set(inputGroup, { ...worked, since: concatenated([worked.since, keys]) });
  }

  private requireModel(inputGroup: string, baseModel: string | undefined): void {
    const own = this.groups.get(inputGroup)?.baseModel;
    if (own === undefined || baseModel === undefined || own === baseModel) return;
    throw new MokusError(
      'base-model',
      `the history holds keys of the text encoder ${own.slice(0, 12)}, this one is ${baseModel.slice(0, 12)}: begin one with createKeyHistory()`,
      { field: 'history' },
    );
  }

  private requireWidth(inputGroup: string, dIn: number): void {
    const own = this.groups.get(inputGroup)?.dIn;
    if (own === undefined || own === dIn) return;
    throw new MokusError(
      'input',
      `the history's keys of '${inputGroup}' have ${own} numbers, but its sites have ${dIn} inputs: it is of another model; begin one with createKeyHistory()`,
      { field: 'history' },
    );
  }
}

/** Keys as they enter a ridge. */
function weighed(keys: Float64Array, { weight }: KeptRidge): Float64Array {
  const root = Math.sqrt(weight);
  return keys.map((value) => root * value);
}

function isSame(a: KeptRidge, b: KeptRidge): boolean {
  return a.base === b.base && a.weight === b.weight;
}

/** dIn rows with the same sum of k k^T. */
function sameGram(rows: Float64Array, dIn: number): Float64Array {
  const gram = times(transposed(rows, dIn), rows, rows.length / dIn, dIn);
  return new Spectrum(gram, dIn).rootRows();
}

/**
 * An empty history, or one read back from the JSON that a history writes. Throws MokusError `input` naming what in it is
 * something else.
 */
export function createKeyHistory(saved?: KeyHistoryJson): KeyHistory {
  return new KeyHistory(saved);
}
