import type { Site } from '@mokus/core';

/** What one turn recorded at a site: keys h [rows, dIn] and gradients g [rows, dOut], row-major. */
export interface CapturedSite {
  readonly site: Site;
  readonly rows: number;
  readonly input: Float32Array;
  readonly gradient: Float32Array;
}

/** What UltraEdit's targets v_i = -eta |h_i|^2 g_i are made of, after normalisation, float64. */
export interface NormalisedSite {
  /** |h_i|^2, [rows]. */
  readonly inputSquares: Float64Array;
  /** g_i times the divisor, [rows, dOut]. */
  readonly gradients: Float32Array | Float64Array;
  readonly divisor: number;
}

/** Sum of squares of each row of a [rows, width] matrix. */
export function rowSquares(matrix: Float32Array | Float64Array, width: number): Float64Array {
  const squares = new Float64Array(matrix.length / width);
  for (let row = 0; row < squares.length; row++) {
    let sum = 0;
    for (let index = row * width; index < (row + 1) * width; index++) sum += matrix[index]! * matrix[index]!;
    squares[row] = sum;
  }
  return squares;
}
