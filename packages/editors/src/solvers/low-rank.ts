import type { SiteDelta } from '@mokus/core';

export type LowRankDelta = Extract<SiteDelta, { kind: 'lowRank' }>;

/** The sum of two deltas of one site as one: factors side by side, ranks added; exact. */
export function addLowRank(a: LowRankDelta, b: LowRankDelta): LowRankDelta {
  const { dOut, dIn } = a;
  const rank = a.rank + b.rank;
  const u = new Float32Array(dOut * rank);
  for (let row = 0; row < dOut; row++) {
    // Plain loops: ranks are often 1, where views of the rows would cost more than what they copy.
    for (let column = 0; column < a.rank; column++) u[row * rank + column] = a.u[row * a.rank + column]!;
    for (let column = 0; column < b.rank; column++) u[row * rank + a.rank + column] = b.u[row * b.rank + column]!;
  }
  const v = new Float32Array(rank * dIn);
  v.set(a.v);
  v.set(b.v, a.rank * dIn);
  return { kind: 'lowRank', dOut, dIn, rank, u, v };
}
