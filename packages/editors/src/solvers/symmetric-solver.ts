import { Cholesky } from './cholesky.js';
import { ConjugateGradients } from './conjugate-gradients.js';

/** The largest matrix that is factored or decomposed exactly. */
export const exactUpTo = 4096;

/** A symmetric positive definite system, right-hand sides in rows. */
export interface SymmetricSolver {
  /** `rows` A^-1, float64 [count, size] row-major. Throws MokusError `edit` where A is singular. */
  solveRows(rows: Float64Array): Float64Array;
}

/**
 * Cholesky's factorisation up to 4,096 rows, conjugate gradients beyond. `what` names the matrix in messages. Throws
 * MokusError `edit`, here or from `solveRows`, for a matrix that is singular or not finite.
 */
export function symmetricSolver(matrix: Float64Array, size: number, what: string): SymmetricSolver {
  return size <= exactUpTo ? Cholesky.factor(matrix, size, what) : new ConjugateGradients(matrix, size, what);
}
