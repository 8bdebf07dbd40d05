import type { SiteDelta } from '@mokus/core';
import { addProduct, type LowRankDelta, sumLowRank } from '../solvers/low-rank.js';

/** The running sum of one site's deltas, turn by turn. */
export class DeltaSum {
  private readonly turns: LowRankDelta[] = [];
  private rank = 0;
  private dense: Float64Array | undefined;

  add(delta: LowRankDelta): void {
    const { dIn, dOut } = delta;
    this.turns.push(delta);
    this.rank += delta.rank;
    if (this.dense !== undefined) {
      addProduct(this.dense, delta);
    } else if (this.rank > Math.min(dIn, dOut) / 4) {
      this.dense = new Float64Array(dIn * dOut);
      for (const turn of this.turns) addProduct(this.dense, turn);
    }
  }

  /**
   * For running between turns: dense from the rank on where encoders fold a stack anyway, because here each turn is
   * added once, while an encoder would fold all of them again after every push.
   */
  trial(): SiteDelta {
    return this.dense === undefined ? sumLowRank(this.turns) : this.asDense(this.dense);
  }

  /**
   * For the edit: factors side by side while they are smaller than the matrix, and the matrix then. A decomposition would
   * gain nothing: keys differ from turn to turn by far more than fp32 resolves, so the sum has the rank of its turns.
   */
  result(): SiteDelta {
    const { dIn, dOut } = this.turns[0]!;
    const factorsAreSmaller = this.rank * (dIn + dOut) < dIn * dOut;
    return this.dense === undefined || factorsAreSmaller ? sumLowRank(this.turns) : this.asDense(this.dense);
  }

  private asDense(sum: Float64Array): SiteDelta {
    const { dIn, dOut } = this.turns[0]!;
    return { kind: 'dense', dIn, dOut, delta: Float32Array.from(sum) };
  }
}
