import {
  type EditObjective,
  type Json,
  requireChoice,
  requireKnown,
  requireNumber,
  requireObjective,
} from '@mokus/core';
import { LifelongState } from '../normalisation/lifelong.js';
import type { Normalisation } from '../normalisation/normalise.js';
import { answerObjective } from '../objectives/answer.js';
import { requireMethods, requireOptions } from '../option-kinds.js';
import { describeProtection, type HistoryOption, type HistorySettings } from '../protection/options.js';
import { type Protection, requireProtection } from '../protection/protected-ridges.js';
import { defaultSites, type SiteSelection } from '../session/sites.js';
import type { SiteStatistics } from '../statistics/site-statistics.js';

/** The options that are plain values: what a preset holds. */
export interface UltraEditSettings extends HistorySettings {
  /** Default: gate and up projections of every layer. */
  readonly sites?: SiteSelection | undefined;
  /**
   * Step: the outputs of a site move by about eta |h|^2 |g|, both factors as normalised. |h|^2 grows with dIn, so a wider
   * model takes a smaller one. Default: 0.03, for 'gradientRowNorm' at dIn 128.
   */
  readonly eta?: number | undefined;
  /** Default: 'gradientRowNorm'. */
  readonly normalisation?: Normalisation | undefined;
  /** Weight of the identity in the ridge. Default: 1. */
  readonly lambda?: number | undefined;
  /** Weight of the second moments C in the ridge; needs `statistics`. Default: 0. */
  readonly mu?: number | undefined;
  /** Weight of the requests' own locality prompts in the ridge. Default: 0. */
  readonly nu?: number | undefined;
  /** Captures and solves, each on the edited model, until every request is satisfied. 1 is the published method. Default: 40. */
  readonly maxTurns?: number | undefined;
  /**
   * Rows captured: those that the objective reads, or the answer rows alone, as for an objective that reads whole prompts:
   * the ridge protects answer rows, and the template's rows are every prompt's. Default: 'objective'.
   */
  readonly rows?: 'objective' | 'answer' | undefined;
}

export interface UltraEditOptions extends UltraEditSettings, HistoryOption {
  /** C, from `secondMoments`, where mu is above 0. */
  readonly statistics?: SiteStatistics | undefined;
  /** For normalisation 'lifelong': what edits before have shown. Default: one of the editor's own, from its first edit on. */
  readonly lifelongState?: LifelongState | undefined;
  /** Used where an edit names none. Default: `answerObjective()`. */
  readonly objective?: EditObjective | undefined;
}

export interface ResolvedUltraEditOptions extends Protection {
  readonly sites: SiteSelection;
  readonly eta: number;
  readonly normalisation: Normalisation;
  readonly maxTurns: number;
  readonly rows: 'objective' | 'answer';
  readonly lifelongState: LifelongState;
  readonly objective: EditObjective;
}

const choicesOf: Readonly<Record<'normalisation' | 'rows', readonly string[]>> = {
  normalisation: ['none', 'gradientRowNorm', 'lifelong'] satisfies Normalisation[],
  rows: ['objective', 'answer'] satisfies UltraEditSettings['rows'][],
};

/** Fills in defaults. Throws MokusError `input` naming an option that is unknown or out of its range. */
export function resolveUltraEditOptions(options: UltraEditOptions): ResolvedUltraEditOptions {
  const owner = 'ultraEdit';
  requireOptions(owner, options);
  const resolved: ResolvedUltraEditOptions = {
    sites: options.sites ?? defaultSites,
    eta: options.eta ?? 0.03,
    normalisation: options.normalisation ?? 'gradientRowNorm',
    lambda: options.lambda ?? 1,
    mu: options.mu ?? 0,
    nu: options.nu ?? 0,
    maxTurns: options.maxTurns ?? 40,
    rows: options.rows ?? 'objective',
    statistics: options.statistics,
    history: options.history,
    historyWeight: options.historyWeight ?? 10,
    lifelongState: options.lifelongState ?? new LifelongState(),
    objective: options.objective ?? answerObjective(),
  };
  requireKnown(owner, options, resolved);
  requireNumber(owner, 'eta', resolved.eta, { above: 0 });
  requireNumber(owner, 'lambda', resolved.lambda, { above: 0 });
  requireProtection(owner, resolved);
  requireNumber(owner, 'maxTurns', resolved.maxTurns, { atLeast: 1, integer: true });
  requireMethods(
    owner,
    'lifelongState',
    resolved.lifelongState,
    ['clone', 'assign'],
    'one of createLifelongState(saved)',
  );
  requireObjective(owner, 'objective', resolved.objective);
  for (const [field, choices] of Object.entries(choicesOf)) {
    requireChoice(owner, field, resolved[field as keyof typeof choicesOf], choices);
  }
  return resolved;
}

/** What an edit's provenance keeps of them. */
export function describeUltraEditOptions(options: ResolvedUltraEditOptions): { readonly [key: string]: Json } {
  const { eta, normalisation, maxTurns, rows } = options;
  return { eta, normalisation, ...describeProtection(options), maxTurns, rows };
}
