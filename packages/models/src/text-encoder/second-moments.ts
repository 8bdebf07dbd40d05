import type { HostTensor, SecondMoment } from '@mokus/core';

/** Sums k k^T over rows that arrive in batches; exact up to float64 rounding. */
export class SecondMomentSum {
  readonly #dIn: number;
  readonly #sum: Float64Array;
  #count = 0;

  constructor(dIn: number) {
    this.#dIn = dIn;
    this.#sum = new Float64Array(dIn * dIn);
  }

  /** Adds rows f32 [rows, dIn]. */
  add(keys: HostTensor<'f32'>): void {
    const size = this.#dIn;
    const rows = keys.data.length / size;
    for (let row = 0; row < rows; row++) {
      const key = keys.data.subarray(row * size, (row + 1) * size);
      for (let i = 0; i < size; i++) {
        const value = key[i]!;
        // The lower triangle; the other half is filled in at the end.
        for (let j = 0; j <= i; j++) this.#sum[i * size + j]! += value * key[j]!;
      }
    }
    this.#count += rows;
  }

  result(): SecondMoment {
    const size = this.#dIn;
    const sum = this.#sum.slice();
    for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) sum[j * size + i] = sum[i * size + j]!;
    return { dIn: size, count: this.#count, sum };
  }
}
