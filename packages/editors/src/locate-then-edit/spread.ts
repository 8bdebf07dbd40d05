import type { Site, StatePlace } from '@mokus/core';
import type { EditSession } from '../session/session.js';
import type { TrialDeltas } from '../session/trials.js';
import { solveDual } from '../solvers/dual.js';
import type { LowRankDelta } from '../solvers/low-rank.js';
import { transposed } from '../solvers/products.js';
import type { Ridge } from '../solvers/ridge.js';
import type { SolveOptions } from '../solvers/symmetric-solver.js';
import { contextKeys, plainQuestions } from './keys.js';
import type { LocatedRequest } from './located-request.js';
import type { Target } from './target-search.js';

export interface SpreadOptions {
  /** Where targets are, and what is left of the way to them is measured. */
  readonly place: StatePlace;
  /** What a layer's share of the way is divided by, `left` layers to go with this one: itself in MEMIT, its root in PMET. */
  readonly divisor: (left: number) => number;
  /** The change of a site for keys [requests, dIn] and what its outputs are to move by, [requests, dOut]. */
  readonly solve: (site: Site, keys: Float64Array, moves: Float64Array) => Promise<LowRankDelta>;
}

/**
 * Spreads targets over the session's sites (MEMIT section 4.3): layer by layer upwards, keys and what is left of the way
 * recomputed with the lower layers changed already. Leaves the deltas pushed in `trials`.
 */
export async function spreadOverLayers(
  session: EditSession,
  located: readonly LocatedRequest[],
  targets: readonly Target[],
  trials: TrialDeltas,
  { place, divisor, solve }: SpreadOptions,
): Promise<ReadonlyMap<string, LowRankDelta>> {
  const { encoder, sites, signal } = session;
  const deltas = new Map<string, LowRankDelta>();
  for (const [index, site] of sites.entries()) {
    const keys = await contextKeys(session, located, [site]);
    const [now] = await encoder.captureStates({ ...plainQuestions(located), places: [place] }, { signal });
    const share = divisor(sites.length - index);
    const moves = Float64Array.from(now!.state.data, (value, at) => {
      const { initial, shift } = targets[Math.floor(at / site.dOut)]!;
      const coordinate = at % site.dOut;
      return (initial[coordinate]! + shift[coordinate]! - value) / share;
    });
    const delta = await solve(site, keys.get(site.inputGroup)!, moves);
    deltas.set(site.id, delta);
    trials.push(site.id, delta);
  }
  return deltas;
}

/** dW = X^T with X = (K^T K + A)^-1 K^T M, keys K and moves M in rows: (A + K^T K)^-1 K^T in its dual form, of rank |K|. */
export async function closedForm(
  site: Site,
  keys: Float64Array,
  moves: Float64Array,
  ridge: Ridge,
  options: SolveOptions = {},
): Promise<LowRankDelta> {
  const { dIn, dOut } = site;
  const solution = await solveDual(keys, ridge, options);
  // Keys of one subject are nearly parallel: the other way fp32 loses ten times as much (2e-6 of a tiny model's update).
  const u = new Float32Array(await solution.solvedTargets(transposed(moves, dOut)));
  const v = new Float32Array(solution.keys);
  return { kind: 'lowRank', dOut, dIn, rank: keys.length / dIn, u, v };
}
