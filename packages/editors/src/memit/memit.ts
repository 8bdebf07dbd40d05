import { type Editor, requireKnown } from '@mokus/core';
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
  type RidgeOptions,
  type RidgeSettings,
} from '../protection/options.js';
import { protectedRidges, requireProtection } from '../protection/protected-ridges.js';

/** The options that are plain values: what a preset holds. */
export interface MemitSettings extends TargetSearchSettings, RidgeSettings, HistorySettings {}

/** Default sites: down projections as low as layers 4-8 of 28. Default ridge: mu 15000 (the published lambda), lambda 0. */
export interface MemitOptions extends MemitSettings, TargetSearchOptions, RidgeOptions, HistoryOption {}

/**
 * MEMIT (Meng et al. 2023): a target z = h0 + d for the hidden state that the last edited layer leaves at each request's
 * fact token, then layer by layer, for all requests together,
 *
 *     dW = R (K^T (A + K K^T)^-1),   R = (Z - z now) / (layers left),   A = lambda I + mu C + nu P
 *
 * in its dual form, of one rank a request. The published A is mu C. Trial deltas are on the encoder while `edit` runs, so
 * one edit of an encoder at a time. Deterministic.
 *
 * `memit` throws MokusError `input` naming an option that is unknown or out of its range; `edit` as {@link Editor} says,
 * `input` for a request without the subject that it needs in its question, `edit` for a ridge that is singular.
 */
export function memit(options: MemitOptions = {}): Editor {
  return spreadingEditor('memit', options, { parts: ['block'], divisor: (left) => left });
}

/** MEMIT and those that differ in what is sought and how it is shared out. */
export function spreadingEditor(
  name: string,
  options: MemitOptions,
  method: Pick<Parameters<typeof spreadEditor>[0], 'parts' | 'divisor'>,
): Editor {
  const search = resolveTargetSearch(name, options);
  const { lambda = 0, mu = 15000, nu = 0, statistics, history, historyWeight = 1 } = options;
  const protection = { lambda, mu, nu, statistics, history, historyWeight };
  requireKnown(name, options, { ...search, ...protection });
  requireProtection(name, protection);
  return spreadEditor({
    name,
    search,
    ...method,
    solver: async (session) => {
      const ridges = await protectedRidges(session, protection, rowsLike(search.factToken));
      return (site, keys, moves) => closedForm(site, keys, moves, ridges.get(site.inputGroup)!, session.solving);
    },
    history,
    described: describeProtection(protection),
  });
}
