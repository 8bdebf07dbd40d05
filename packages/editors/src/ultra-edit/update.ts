import type { CapturedSite, NormalisedSite } from '../normalisation/captured-site.js';
import { solveDual } from '../solvers/dual.js';
import type { LowRankDelta } from '../solvers/low-rank.js';
import type { Ridge } from '../solvers/ridge.js';
import type { SolveOptions } from '../solvers/symmetric-solver.js';

/**
 * One turn of UltraEdit: for each site, dW = X^T with X = (H^T H + A)^-1 H^T V, v_i = -eta |h_i|^2 g_i, keys H as captured
 * and the ridge A of the site's input group. Sites of one group share a factorisation. Low-rank, of one rank per row.
 */
export async function ultraEditUpdate(
  captured: readonly CapturedSite[],
  normalised: readonly NormalisedSite[],
  ridges: ReadonlyMap<string, Ridge>,
  eta: number,
  options: SolveOptions = {},
): Promise<ReadonlyMap<string, LowRankDelta>> {
  const solutions = new Map<string, Float32Array>();
  const deltas = new Map<string, LowRankDelta>();
  for (const [index, { site, rows, input }] of captured.entries()) {
    const { id, inputGroup, dIn, dOut } = site;
    let v = solutions.get(inputGroup);
    if (v === undefined) {
      const solution = await solveDual(new Float64Array(input), ridges.get(inputGroup)!, options);
      v = new Float32Array(await solution.solvedKeys());
      solutions.set(inputGroup, v);
    }
    const u = editTargets(normalised[index]!, rows, dOut, eta);
    deltas.set(id, { kind: 'lowRank', dOut, dIn, rank: rows, u, v });
  }
  return deltas;
}

/** UltraEdit's targets v_i = -eta |h_i|^2 g_i as V^T, [dOut, rows]. */
function editTargets(
  { inputSquares, gradients, divisor }: NormalisedSite,
  rows: number,
  dOut: number,
  eta: number,
): Float32Array {
  const result = new Float32Array(dOut * rows);
  for (let row = 0; row < rows; row++) {
    const scale = -eta * inputSquares[row]!;
    for (let output = 0; output < dOut; output++) {
      result[output * rows + row] = scale * (gradients[row * dOut + output]! / divisor);
    }
  }
  return result;
}
