import { type Editor, MokusError, requireKnown, requireNumber } from '@mokus/core';
import { rowsLike } from '../locate-then-edit/fact-token.js';
import {
  resolveTargetSearch,
  type TargetSearchOptions,
  type TargetSearchSettings,
} from '../locate-then-edit/options.js';
import { closedForm } from '../locate-then-edit/spread.js';
import { spreadEditor } from '../locate-then-edit/spread-editor.js';
import {
  describeProtection,
  type HistoryOption,
  type HistorySettings,
  type RidgeSettings,
} from '../protection/options.js';
import {
  localityKeys,
  requireFitting,
  requireFittingHistory,
  requireProtection,
} from '../protection/protected-ridges.js';
import { onePerInputGroup } from '../session/sites.js';
import { betweenSolves } from '../solvers/between-solves.js';
import { protectedRidge, type Ridge } from '../solvers/ridge.js';
import type { SiteStatistics } from '../statistics/site-statistics.js';

/**
 * The options that are plain values: what a preset holds. Default sites: as MEMIT. Default ridge: lambda 10 (EasyEdit: L2),
 * mu 0.
 */
export interface AlphaEditSettings extends TargetSearchSettings, RidgeSettings, HistorySettings {
  /** Eigenvectors of C with an eigenvalue below this span the space that is edited in. EasyEdit: nullspace_threshold. Default: 0.02. */
  readonly nullSpaceThreshold?: number | undefined;
}

export interface AlphaEditOptions extends AlphaEditSettings, TargetSearchOptions, HistoryOption {
  /** C, from `secondMoments` over the same sites: rows 'all'; factToken 'last' takes 'answer' too. */
  readonly statistics: SiteStatistics;
}

/**
 * AlphaEdit (Fang et al. 2025): targets as MEMIT, but every change is projected to where general keys are next to
 * nothing. With P = U0 U0^T over the eigenvectors of C below the threshold,
 *
 *     dW^T = X = (P (K K^T + w Kp Kp^T + mu C + nu N) + lambda I)^-1 P K R^T
 *
 * over keys K and what is left of the way R, with Kp the keys of earlier edits (`history`) and w the weight of each. X lies
 * in the range of P, so it equals the ridge regression of the projected keys P K with the ridge
 * lambda I + P (w Kp Kp^T + mu C + nu N) P, which is solved in its dual form. mu C, for what of general keys the null space
 * lets through, and nu N, for each request's own locality prompts, are not published and 0 unless asked for.
 *
 * `alphaEdit` throws MokusError `input` naming an option that is unknown, missing or out of its range; `edit` as
 * {@link Editor} says, `edit` when the threshold leaves no direction, and `unsupported` for sites of more than 4,096
 * inputs, whose second moment is not decomposed. There `memit` with mu = lambda / nullSpaceThreshold has the null space with
 * a soft edge: its ridge lambda (I + C / threshold) is lambda where C is far below the threshold, and grows where it is above.
 */
export function alphaEdit(options: AlphaEditOptions): Editor {
  const name = 'alphaEdit';
  const search = resolveTargetSearch(name, options);
  const { lambda = 10, mu = 0, nu = 0, nullSpaceThreshold = 0.02, statistics, history, historyWeight = 1 } = options;
  const protection = { lambda, mu, nu, statistics, history, historyWeight };
  requireKnown(name, options, { ...search, ...protection, nullSpaceThreshold });
  if (statistics === undefined) {
    throw new MokusError('input', `${name} needs statistics: pass secondMoments(encoder, prompts, { rows: 'all' })`, {
      field: 'statistics',
    });
  }
  // C may be 0 in the null space, so mu does not stand in for lambda.
  requireNumber(name, 'lambda', lambda, { above: 0 });
  requireProtection(name, protection);
  requireNumber(name, 'nullSpaceThreshold', nullSpaceThreshold, { above: 0 });
  // By input group, the same ones for every edit.
  const bases = new Map<string, Ridge>();
  return spreadEditor({
    name,
    search,
    parts: ['block'],
    divisor: (left) => left,
    solver: async (session) => {
      const rows = rowsLike(search.factToken);
      await requireFitting(session, statistics, rows);
      await requireFittingHistory(session, history);
      const locality = nu > 0 ? await localityKeys(session, nu, rows) : new Map<string, Float64Array>();
      // Before the search for targets: a null space that cannot be had costs nothing then.
      for (const { inputGroup } of onePerInputGroup(session.sites)) {
        if (bases.has(inputGroup)) continue;
        await betweenSolves(session.signal);
        bases.set(inputGroup, statistics.spectrum(inputGroup).ridgeBelow(nullSpaceThreshold, lambda, mu));
      }
      return async (site, keys, moves) => {
        const { inputGroup } = site;
        const base = bases.get(inputGroup)!;
        const kept = (await history?.ridge(inputGroup, { base, weight: historyWeight }, session.solving)) ?? base;
        const held = locality.get(inputGroup) ?? new Float64Array();
        const ridge = await protectedRidge(kept, held, session.solving);
        return closedForm(site, keys, moves, ridge, session.solving);
      };
    },
    history,
    described: { ...describeProtection(protection), nullSpaceThreshold },
  });
}
