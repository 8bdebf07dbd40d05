import type { Json } from '@mokus/core';
import type { SiteStatistics } from '../statistics/site-statistics.js';
import type { KeyHistory } from './key-history.js';
import type { Protection } from './protected-ridges.js';

/** The ridge of a locate-then-edit method, lambda I + mu C + nu P: plain values, as a preset holds them. */
export interface RidgeSettings {
  /** Weight of the identity. */
  readonly lambda?: number | undefined;
  /** Weight of C, the second moments of a general corpus. */
  readonly mu?: number | undefined;
  /** Weight of the mean over each request's own locality prompts, at all rows or the last as factToken says. Default: 0. */
  readonly nu?: number | undefined;
}

export interface RidgeOptions extends RidgeSettings {
  /** C, from `secondMoments` over the same sites where mu is above 0: rows 'all'; factToken 'last' takes 'answer' too. */
  readonly statistics?: SiteStatistics | undefined;
}

/** How a history counts: a plain value, as a preset holds it. */
export interface HistorySettings {
  /**
   * Weight of each key of `history` in the ridge. Keys of a corpus weigh mu / (their number), so a history that is to
   * count weighs more than that. Default: 1, as each key of the edit itself (`ultraEdit`: 10).
   */
  readonly historyWeight?: number | undefined;
}

export interface HistoryOption extends HistorySettings {
  /** Keys of edits already made, which this edit adds its own to. Default: none are kept. */
  readonly history?: KeyHistory | undefined;
}

/** What an edit's provenance keeps of a ridge. */
export function describeProtection({ lambda, mu, nu, history, historyWeight }: Protection): {
  readonly [key: string]: Json;
} {
  return { lambda, mu, nu, ...(history && { historyWeight }) };
}
