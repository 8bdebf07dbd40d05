import { type Editor, MokusError, requireKnown, requireNumber } from '@mokus/core';
import { rowsLike } from '../locate-then-edit/fact-token.js';
import {
  resolveTargetSearch,
  type TargetSearchOptions,
  type TargetSearchSettings,
} from '../locate-then-edit/options.js';
import { closedForm } from '../locate-then-edit/spread.js';
import { spreadEditor } from '../locate-then-edit/spread-editor.js';
import type { KeptRidge } from '../protection/key-history.js';
import type { HistoryOption } from '../protection/options.js';
import { localityKeys, requireFitting } from '../protection/protected-ridges.js';
import { onePerInputGroup } from '../session/sites.js';
import { betweenSolves } from '../solvers/between-solves.js';
import { identityRidge, protectedRidge } from '../solvers/ridge.js';
import type { SiteStatistics } from '../statistics/site-statistics.js';

/** The options that are plain values: what a preset holds. Default sites: as MEMIT. */
export interface AlphaEditSettings extends TargetSearchSettings {
  /** Weight of the identity. EasyEdit: L2. Default: 10. */
  readonly lambda?: number | undefined;
  /** Weight of the mean over each request's own locality prompts, at all rows or the last as factToken says. Default: 0. */
  readonly nu?: number | undefined;
  /** Eigenvectors of C with an eigenvalue below this span the space that is edited in. EasyEdit: nullspace_threshold. Default: 0.02. */
  readonly nullSpaceThreshold?: number | undefined;
}

export interface AlphaEditOptions extends AlphaEditSettings, TargetSearchOptions, HistoryOption {
  /** C, from `secondMoments` over the same sites: rows 'all', or 'answer' for factToken 'last'. */
  readonly statistics: SiteStatistics;
}

/**
 * AlphaEdit (Fang et al. 2025): targets as MEMIT, but every change is projected to where general keys are next to
 * nothing. With P = U0 U0^T over the eigenvectors of C below the threshold,
 *
 *     dW^T = X = (P (K K^T + Kp Kp^T + nu N) + lambda I)^-1 P K R^T
 *
 * over keys K and what is left of the way R, with Kp the keys of earlier edits (`history`). X lies in the range of P, so
 * it equals the ridge regression of the projected keys P K with the ridge lambda I + P (Kp Kp^T + nu N) P, which is
 * solved in its dual form; nu N, for each request's own locality prompts, is not published and 0 unless asked for.
 *
 * `alphaEdit` throws MokusError `input` naming an option that is unknown, missing or out of its range; `edit` as
 * {@link Editor} says, and `edit` when the threshold leaves no direction, and
 * `unsupported` for sites of more than 4,096 inputs, whose second moment is not decomposed.
 */
export function alphaEdit(options: AlphaEditOptions): Editor {
  const name = 'alphaEdit';
  const search = resolveTargetSearch(name, options);
  const { lambda = 10, nu = 0, nullSpaceThreshold = 0.02, statistics, history } = options;
  const own = { lambda, nu, nullSpaceThreshold };
  requireKnown(name, options, { ...search, ...own, statistics, history });
  requireNumber(name, 'lambda', lambda, { above: 0 });
  requireNumber(name, 'nu', nu, { atLeast: 0 });
  requireNumber(name, 'nullSpaceThreshold', nullSpaceThreshold, { above: 0 });
  if (statistics === undefined) {
    throw new MokusError('input', `${name} needs statistics: pass secondMoments(encoder, prompts, { rows: 'all' })`, {
      field: 'statistics',
    });
  }
  // By input group, the same ones for every edit.
  const bases = new Map<string, KeptRidge & { readonly project: (keys: Float64Array) => Float64Array }>();
  return spreadEditor({
    name,
    search,
    parts: ['block'],
    divisor: (left) => left,
    solver: async (session) => {
      await requireFitting(session, statistics);
      const locality =
        nu > 0 ? await localityKeys(session, nu, rowsLike(search.factToken)) : new Map<string, Float64Array>();
      // Before the search for targets: a null space that cannot be had costs nothing then.
      for (const { inputGroup, dIn } of onePerInputGroup(session.sites)) {
        if (bases.has(inputGroup)) continue;
        await betweenSolves(session.signal);
        const project = statistics.spectrum(inputGroup).projectionBelow(nullSpaceThreshold);
        bases.set(inputGroup, { base: identityRidge(dIn, lambda), project });
      }
      return async (site, keys, moves) => {
        const { inputGroup } = site;
        const projected = bases.get(inputGroup)!;
        const { base, project } = projected;
        const kept = (await history?.ridge(inputGroup, projected, session.solving)) ?? base;
        const held = project(locality.get(inputGroup) ?? new Float64Array());
        const ridge = await protectedRidge(kept, held, session.solving);
        return closedForm(site, project(keys), moves, ridge, session.solving);
      };
    },
    history,
    described: own,
  });
}
