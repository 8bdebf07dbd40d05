import type { Backend } from '@mokus/core';
import { Cholesky } from './cholesky.js';
import { LargeSolver } from './large-solver.js';

/** The largest matrix that is factored or decomposed exactly. */
export const exactUpTo = 4096;

export interface SolveOptions {
  /** Multiplies with what is too large to be factored. Default: the host, in float64. */
  readonly backend?: Backend | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A symmetric positive definite system, right-hand sides in rows. */
export interface SymmetricSolver {
  /** `rows` A^-1, float64 [count, size] row-major. Throws MokusError `edit` where A is singular, `cancelled`. */
  solveRows(rows: Float64Array, options?: SolveOptions): Float64Array | Promise<Float64Array>;
}

/**
 * Cholesky's factorisation up to 4,096 rows, conjugate gradients beyond. `what` names the matrix in messages. Throws
 * MokusError `edit`, here or from `solveRows`, for a matrix that is singular or not finite.
 */
export function symmetricSolver(matrix: Float64Array, size: number, what: string): SymmetricSolver {
  if (size <= exactUpTo) return Cholesky.factor(matrix, size, what);
  return new LargeSolver({ matrix, size, scale: 1, shift: 0, what });
}
