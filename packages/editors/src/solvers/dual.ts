import { addIdentity, timesTransposed } from './products.js';
import type { Ridge } from './ridge.js';
import { type SolveOptions, symmetricSolver } from './symmetric-solver.js';

/** The part of a ridge regression's solution that does not depend on its targets. */
export interface DualSolution {
  /** H A^-1, float64 [N, dIn]: the right factor of every solution. */
  readonly right: Float64Array;
  /** The left factor V^T (I + H A^-1 H^T)^-1, float64 [dOut, N], for targets given as V^T [dOut, N]. */
  left(targets: Float64Array): Promise<Float64Array>;
}

/**
 * Ridge regression onto keys H [N, dIn] with the regulariser A, in its dual form. The weight change
 * X^T = ((H^T H + A)^-1 H^T V)^T of targets V [N, dOut] equals
 *
 *     V^T (I + H A^-1 H^T)^-1 · H A^-1
 *
 * which factors an N x N matrix in place of a dIn x dIn one, is the low-rank form itself, and shares everything but V
 * among the sites that read the same input. Float64 throughout.
 */
export async function solveDual(keys: Float64Array, ridge: Ridge, options: SolveOptions = {}): Promise<DualSolution> {
  const right = await ridge.apply(keys, options);
  const rows = keys.length / ridge.size;
  const gram = addIdentity(timesTransposed(keys, right, ridge.size), rows);
  const factored = symmetricSolver(gram, rows, 'the Gram matrix of the edited rows');
  return { right, left: async (targets) => factored.solveRows(targets, options) };
}
