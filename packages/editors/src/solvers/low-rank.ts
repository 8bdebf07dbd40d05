import type { SiteDelta } from '@mokus/core';

export type LowRankDelta = Extract<SiteDelta, { kind: 'lowRank' }>;

/** The sum of deltas of one site as one: factors side by side, ranks added; exact. */
export function sumLowRank(deltas: readonly LowRankDelta[]): LowRankDelta {
  const first = deltas[0]!;
  if (deltas.length === 1) return first;
  const { dOut, dIn } = first;
  const rank = deltas.reduce((sum, delta) => sum + delta.rank, 0);
  const u = new Float32Array(dOut * rank);
  const v = new Float32Array(rank * dIn);
  let offset = 0;
  for (const delta of deltas) {
    for (let row = 0; row < dOut; row++) {
      u.set(delta.u.subarray(row * delta.rank, (row + 1) * delta.rank), row * rank + offset);
    }
    v.set(delta.v, offset * dIn);
    offset += delta.rank;
  }
  return { kind: 'lowRank', dOut, dIn, rank, u, v };
}

/** Adds U V to a float64 [dOut, dIn], in place. */
export function addProduct(sum: Float64Array, { dOut, dIn, rank, u, v }: LowRankDelta): void {
  for (let row = 0; row < dOut; row++) {
    for (let inner = 0; inner < rank; inner++) {
      const factor = u[row * rank + inner]!;
      for (let column = 0; column < dIn; column++) sum[row * dIn + column]! += factor * v[inner * dIn + column]!;
    }
  }
}
