import { addDeltaRows, type SiteDelta } from '@mokus/core';
import { addLowRank, type LowRankDelta } from './low-rank.js';

/**
 * The running sum of one site's deltas, turn by turn: factors side by side while they are smaller than the matrix, and the
 * matrix then. A decomposition would gain nothing for its cost: above the lowest edited layer keys differ from turn to turn
 * (after 7 turns of one row on the embedded model the least of 7 singular values is 1.6 % of the largest), so the sum has the
 * rank of its turns.
 */
export class DeltaSum {
  private readonly dOut: number;
  private readonly dIn: number;
  private sum: LowRankDelta | Float64Array;

  constructor(first: LowRankDelta) {
    this.dOut = first.dOut;
    this.dIn = first.dIn;
    this.sum = this.smaller(first);
  }

  add(delta: LowRankDelta): void {
    if (this.sum instanceof Float64Array) addDeltaRows(delta, 0, this.dOut, this.sum);
    else this.sum = this.smaller(addLowRank(this.sum, delta));
  }

  result(): SiteDelta {
    const { dOut, dIn, sum } = this;
    return sum instanceof Float64Array ? { kind: 'dense', dIn, dOut, delta: new Float32Array(sum) } : sum;
  }

  private smaller(factors: LowRankDelta): LowRankDelta | Float64Array {
    const { dIn, dOut } = this;
    if (factors.rank * (dIn + dOut) < dIn * dOut) return factors;
    const dense = new Float64Array(dIn * dOut);
    addDeltaRows(factors, 0, dOut, dense);
    return dense;
  }
}
