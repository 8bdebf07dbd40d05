import { type Editor, MokusError, requireKnown, type Site, type StatePlace } from '@mokus/core';
import { rowsLike } from '../locate-then-edit/fact-token.js';
import { contextKeys, plainKeys } from '../locate-then-edit/keys.js';
import { openLocateSession, prepareSearches } from '../locate-then-edit/locate-session.js';
import {
  describeTargetSearch,
  resolveTargetSearch,
  type TargetSearchOptions,
  type TargetSearchSettings,
} from '../locate-then-edit/options.js';
import {
  describeProtection,
  type HistoryOption,
  type HistorySettings,
  type RidgeOptions,
  type RidgeSettings,
} from '../protection/options.js';
import { protectedRidges, requireProtection } from '../protection/protected-ridges.js';
import { namingRequest } from '../session/requests.js';
import { allSatisfied } from '../session/session.js';
import { proportionalSites } from '../session/sites.js';
import { TrialDeltas } from '../session/trials.js';
import { DeltaSum } from '../solvers/delta-sum.js';
import type { LowRankDelta } from '../solvers/low-rank.js';
import { concatenated } from '../solvers/products.js';

/** The options that are plain values: what a preset holds. */
export interface RomeSettings extends TargetSearchSettings, RidgeSettings, HistorySettings {}

/**
 * Default sites: the down projection of one layer, as low as layer 5 of 28. Default ridge: mu 1 and lambda 0 with
 * statistics, lambda 1 and mu 0 without them; only their ratio matters.
 */
export interface RomeOptions extends RomeSettings, TargetSearchOptions, RidgeOptions, HistoryOption {}

/**
 * ROME (Meng et al. 2022): one layer, one request after the other, each on the encoder with those before it. A target
 * v* = h0 + d for what the layer's MLP adds at the fact token, then the rank-one change that writes it,
 *
 *     dW = (v* - W k) u^T / (k . u),   u = A^-1 mean k,   A = lambda I + mu C + nu P
 *
 * with the mean key over contexts and the key k of the plain question. The published A is C, or the identity without
 * statistics; `history` adds the keys of earlier calls to A. Trial deltas are on the encoder while `edit` runs, so one edit
 * of an encoder at a time. Deterministic.
 *
 * Errors are those of `memit`.
 */
export function rome(options: RomeOptions = {}): Editor {
  const name = 'rome';
  const search = resolveTargetSearch(name, options);
  const { statistics, nu = 0, history, historyWeight = 1 } = options;
  const { lambda = statistics === undefined ? 1 : 0, mu = statistics === undefined ? 0 : 1 } = options;
  const protection = { lambda, mu, nu, statistics, history, historyWeight };
  requireKnown(name, options, { ...search, ...protection });
  requireProtection(name, protection);
  return {
    name,
    async edit(encoder, requests, editOptions = {}) {
      const settings = { editor: name, search, sites: proportionalSites(encoder, 5, 5), mostSites: 1 };
      const opened = await openLocateSession(encoder, requests, settings, editOptions);
      const { session, located, layer, contexts } = opened;
      const provenance = { ...describeTargetSearch(search, contexts), ...describeProtection(protection) };
      if (allSatisfied(opened.before)) return session.finish(new Map(), provenance);
      const [site] = session.sites as [Site];
      const place: StatePlace = { layer, part: 'mlp' };
      const ridges = await protectedRidges(session, protection, rowsLike(search.factToken));
      const ridge = ridges.get(site.inputGroup)!;
      const searches = await prepareSearches(opened, [place], search);
      const trials = new TrialDeltas(session);
      try {
        let sum: DeltaSum | undefined;
        const keys: Float64Array[] = [];
        for (const [index, request] of located.entries()) {
          const [target] = await searches[index]!.run(index > 0);
          const mean = (await contextKeys(session, [request], [site])).get(site.inputGroup)!;
          const key = await plainKeys(session, [request], site);
          const delta = rankOne(site, target!.shift, key, await ridge.apply(mean, session.solving), index);
          if (sum === undefined) sum = new DeltaSum(delta);
          else sum.add(delta);
          namingRequest(index, () => trials.push(site.id, delta));
          keys.push(key);
        }
        await session.evaluate(requests.length * search.steps + 1);
        const edit = await session.finish(new Map(sum && [[site.id, sum.result()]]), provenance);
        history?.add(site.inputGroup, site.dIn, concatenated(keys), edit.provenance.baseModel);
        return edit;
      } finally {
        trials.popAll();
      }
    },
  };
}

/**
 * d u^T / (k . u): the target is h0 + d and the layer's MLP gives h0 = W k (+ bias) for the plain question's key k, so
 * v* - W k is d. Throws MokusError `edit` where u is at a right angle to the key.
 */
function rankOne(
  { id, dIn, dOut }: Site,
  shift: Float64Array,
  key: Float64Array,
  direction: Float64Array,
  request: number,
): LowRankDelta {
  const along = key.reduce((sum, value, index) => sum + value * direction[index]!, 0);
  if (along === 0) {
    throw new MokusError(
      'edit',
      `request ${request}: the key of site '${id}' has no part along u, so no change along u moves it: change lambda and mu`,
      { request, site: id, field: 'lambda' },
    );
  }
  const v = Float32Array.from(direction, (value) => value / along);
  return { kind: 'lowRank', dOut, dIn, rank: 1, u: Float32Array.from(shift), v };
}
