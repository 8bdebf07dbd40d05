import { MokusError } from '@mokus/core';
import type { CapturedSite, NormalisedSite } from '../normalisation/captured-site.js';
import { requireFinite } from '../session/checks.js';
import { type DualSolution, solveDual } from '../solvers/dual.js';
import type { LowRankDelta } from '../solvers/low-rank.js';
import type { Ridge } from '../solvers/ridge.js';
import type { SolveOptions } from '../solvers/symmetric-solver.js';

/**
 * One turn of UltraEdit: for each site, dW = X^T with X = (H^T H + A)^-1 H^T V, v_i = -eta |h_i|^2 g_i, keys H as captured
 * and the ridge A of the site's input group. Sites of one group share a factorisation. Low-rank, of one rank per row.
 *
 * Throws MokusError `edit` when a delta is not finite and when all are zero.
 */
export async function ultraEditUpdate(
  captured: readonly CapturedSite[],
  normalised: readonly NormalisedSite[],
  ridges: ReadonlyMap<string, Ridge>,
  eta: number,
  options: SolveOptions = {},
): Promise<ReadonlyMap<string, LowRankDelta>> {
  const solutions = new Map<string, DualSolution>();
  const deltas = new Map<string, LowRankDelta>();
  let moved = false;
  for (const [index, { site, rows, input }] of captured.entries()) {
    const { id, inputGroup, dIn, dOut } = site;
    let solution = solutions.get(inputGroup);
    if (solution === undefined) {
      solution = await solveDual(new Float64Array(input), ridges.get(inputGroup)!, options);
      solutions.set(inputGroup, solution);
    }
    const u = new Float32Array(await solution.left(editTargets(normalised[index]!, rows, dOut, eta)));
    const v = new Float32Array(solution.right);
    requireFinite(u, 'the update', id);
    requireFinite(v, 'the update', id);
    moved ||= u.some((value) => value !== 0);
    deltas.set(id, { kind: 'lowRank', dOut, dIn, rank: rows, u, v });
  }
  if (!moved) {
    throw new MokusError(
      'edit',
      'the edit would do nothing: the gradient is zero at every site. Choose sites that the objective depends on',
      { field: 'sites' },
    );
  }
  return deltas;
}

/** UltraEdit's targets v_i = -eta |h_i|^2 g_i as V^T, float64 [dOut, rows]. */
export function editTargets(
  { inputSquares, gradients }: NormalisedSite,
  rows: number,
  dOut: number,
  eta: number,
): Float64Array {
  const result = new Float64Array(dOut * rows);
  for (let row = 0; row < rows; row++) {
    const scale = -eta * inputSquares[row]!;
    for (let output = 0; output < dOut; output++) {
      result[output * rows + row] = scale * gradients[row * dOut + output]!;
    }
  }
  return result;
}
