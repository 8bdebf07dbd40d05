import { addIdentity, timesTransposed, transposed } from './products.js';
import type { Ridge } from './ridge.js';
import { type SolveOptions, symmetricSolver } from './symmetric-solver.js';

/**
 * The two ways to write the solution V^T (I + H A^-1 H^T)^-1 H A^-1 as two factors. They differ in work, and in what fp32
 * loses where rows of H are nearly parallel: in that case large numbers cancel in the factor that was solved for.
 */
export interface DualSolution {
  /** (I + H A^-1 H^T)^-1 H A^-1, float64 [N, dIn], beside V^T as it is: one solve for all sites that read the same input. */
  solvedKeys(): Promise<Float64Array>;
  /** V^T (I + H A^-1 H^T)^-1, float64 [dOut, N], from V^T [dOut, N], beside {@link keys}. */
  solvedTargets(targets: Float64Array): Promise<Float64Array>;
  /** H A^-1, float64 [N, dIn]. */
  readonly keys: Float64Array;
}

/**
 * Ridge regression onto keys H [N, dIn] with the regulariser A, in its dual form. The weight change
 * X^T = ((H^T H + A)^-1 H^T V)^T of targets V [N, dOut] equals
 *
 *     V^T · (I + H A^-1 H^T)^-1 · H A^-1
 *
 * which factors an N x N matrix in place of a dIn x dIn one and is the low-rank form itself. Float64 throughout.
 */
export async function solveDual(keys: Float64Array, ridge: Ridge, options: SolveOptions = {}): Promise<DualSolution> {
  const right = await ridge.apply(keys, options);
  const rows = keys.length / ridge.size;
  const gram = addIdentity(timesTransposed(keys, right, ridge.size), rows);
  const factored = symmetricSolver(gram, rows, 'the Gram matrix of the edited rows');
  return {
    keys: right,
    solvedKeys: async () => transposed(await factored.solveRows(transposed(right, ridge.size), options), rows),
    solvedTargets: async (targets) => factored.solveRows(targets, options),
  };
}
