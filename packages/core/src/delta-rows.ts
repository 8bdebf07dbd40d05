import type { SiteDelta } from './edit.js';

/** Adds rows `first` to `first + count` of dW to `sum` [count, dIn], in float64; the delta is of its stated shape. */
export function addDeltaRows(delta: SiteDelta, first: number, count: number, sum: Float64Array): void {
  const { dIn } = delta;
  if (delta.kind === 'dense') {
    const start = first * dIn;
    for (let index = 0; index < count * dIn; index++) sum[index]! += delta.delta[start + index]!;
    return;
  }
  const { rank, u, v } = delta;
  for (let row = 0; row < count; row++) {
    const target = sum.subarray(row * dIn, (row + 1) * dIn);
    for (let k = 0; k < rank; k++) {
      const factor = u[(first + row) * rank + k]!;
      const start = k * dIn;
      for (let column = 0; column < dIn; column++) target[column]! += factor * v[start + column]!;
    }
  }
}
