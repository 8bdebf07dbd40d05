import type { SiteDelta } from '@mokus/core';
import { Matrix, SingularValueDecomposition } from 'ml-matrix';

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

/** Singular values below this share of the largest are lost in fp32 anyway. */
const negligible = 2 ** -24;

/**
 * The same change with the fewest columns: singular value decomposition in float64, without singular values under
 * 2^-24 of the largest, the square roots of the others in both factors.
 */
export function compressLowRank(delta: LowRankDelta): LowRankDelta {
  const { dOut, dIn } = delta;
  const product = asMatrix(delta.u, dOut, delta.rank).mmul(asMatrix(delta.v, delta.rank, dIn));
  const decomposition = new SingularValueDecomposition(product, { autoTranspose: true });
  const values = decomposition.diagonal;
  const rank = Math.max(1, values.filter((value) => value > negligible * values[0]!).length);
  const u = new Float32Array(dOut * rank);
  const v = new Float32Array(rank * dIn);
  for (let column = 0; column < rank; column++) {
    const root = Math.sqrt(values[column]!);
    for (let row = 0; row < dOut; row++) {
      u[row * rank + column] = decomposition.leftSingularVectors.get(row, column) * root;
    }
    for (let row = 0; row < dIn; row++) {
      v[column * dIn + row] = decomposition.rightSingularVectors.get(row, column) * root;
    }
  }
  return { kind: 'lowRank', dOut, dIn, rank, u, v };
}

function asMatrix(data: Float32Array, rows: number, columns: number): Matrix {
  const matrix = new Matrix(rows, columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) matrix.set(row, column, data[row * columns + column]!);
  }
  return matrix;
}
