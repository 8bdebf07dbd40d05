import { addDeltaRows, type SiteDelta } from '@mokus/core';
import { addLowRank, type LowRankDelta } from './low-rank.js';

/** The running sum of one site's deltas, turn by turn. */
export class DeltaSum {
  private factors: LowRankDelta;
  private dense: Float64Array | undefined;

  constructor(first: LowRankDelta) {
    this.factors = first;
    this.foldWhenLarge();
  }

  add(delta: LowRankDelta): void {
    this.factors = addLowRank(this.factors, delta);
    if (this.dense === undefined) this.foldWhenLarge();
    else addDeltaRows(delta, 0, delta.dOut, this.dense);
  }

  /**
   * For running between turns: dense from the rank on where encoders fold a stack anyway, because here each turn is
   * added once, while an encoder would fold all of them again after every push.
   */
  trial(): SiteDelta {
    return this.dense === undefined ? this.factors : this.asDense(this.dense);
  }

  /**
   * For the edit: factors side by side while they are smaller than the matrix, and the matrix then. A decomposition would
   * gain nothing for its cost: above the lowest edited layer keys differ from turn to turn (after 7 turns of one row on
   * the embedded model the least of 7 singular values is 1.6 % of the largest), so the sum has the rank of its turns.
   */
  result(): SiteDelta {
    const { dIn, dOut, rank } = this.factors;
    const factorsAreSmaller = rank * (dIn + dOut) < dIn * dOut;
    return this.dense === undefined || factorsAreSmaller ? this.factors : this.asDense(this.dense);
  }

  private foldWhenLarge(): void {
    const { dIn, dOut, rank } = this.factors;
    if (rank <= Math.min(dIn, dOut) / 4) return;
    this.dense = new Float64Array(dIn * dOut);
    addDeltaRows(this.factors, 0, this.factors.dOut, this.dense);
  }

  private asDense(sum: Float64Array): SiteDelta {
    const { dIn, dOut } = this.factors;
    return { kind: 'dense', dIn, dOut, delta: new Float32Array(sum) };
  }
}
