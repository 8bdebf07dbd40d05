import { MokusError, type RunOptions, requireNumber, throwIfCancelled } from '@mokus/core';
import { requireMethods } from '../option-kinds.js';
import { namingRequest } from '../session/requests.js';
import type { EditSession } from '../session/session.js';
import { onePerInputGroup } from '../session/sites.js';
import { betweenSolves } from '../solvers/between-solves.js';
import { concatenated } from '../solvers/products.js';
import { identityRidge, protectedRidge, type Ridge } from '../solvers/ridge.js';
import { type PromptRows, promptBatches } from '../statistics/prompt-batches.js';
import type { SiteStatistics } from '../statistics/site-statistics.js';
import type { KeyHistory } from './key-history.js';

/** What a closed-form edit is to leave alone: the ridge lambda I + mu C + nu P. */
export interface Protection {
  readonly lambda: number;
  readonly mu: number;
  readonly nu: number;
  /** C. */
  readonly statistics: SiteStatistics | undefined;
  /** Keys of earlier edits. */
  readonly history: KeyHistory | undefined;
  /** Of each of them. */
  readonly historyWeight: number;
}

/** Throws MokusError `input` naming an option that is out of its range or of another kind, or statistics that are missing. */
export function requireProtection(owner: string, protection: Protection): void {
  const { lambda, mu, nu, statistics, history, historyWeight } = protection;
  requireNumber(owner, 'lambda', lambda, { atLeast: 0 });
  requireNumber(owner, 'mu', mu, { atLeast: 0 });
  requireNumber(owner, 'nu', nu, { atLeast: 0 });
  requireNumber(owner, 'historyWeight', historyWeight, { atLeast: 0 });
  if (lambda === 0 && mu === 0) {
    throw new MokusError('input', `${owner}: lambda and mu are both 0, so the system would be singular: raise one`, {
      field: 'lambda',
    });
  }
  if (statistics !== undefined) {
    requireMethods(owner, 'statistics', statistics, ['ridge', 'spectrum'], 'those that secondMoments gives');
  }
  if (history !== undefined) {
    requireMethods(
      owner,
      'history',
      history,
      ['ridge', 'add', 'requireFitting'],
      'one of createKeyHistory(saved), which reads its JSON back',
    );
  }
  if (mu > 0 && statistics === undefined) {
    throw new MokusError(
      'input',
      `${owner}: mu is ${mu}, but there are no statistics to weigh: pass secondMoments(encoder, prompts), or mu 0`,
      { field: 'statistics' },
    );
  }
}

/**
 * The ridge lambda I + mu C + nu P of each input group, with the keys of earlier edits. P is a request's mean of k k^T over its own locality prompts, at
 * their answer rows or all of them, on the model before this edit, summed over requests as their keys are. A locality
 * prompt that is itself a question of this call is not protected: it is about to change.
 *
 * Throws MokusError `base-model` and `input` for statistics or a history that do not fit this encoder, template, rows or
 * sites, `edit` for a sum that is singular, `cancelled`.
 */
export async function protectedRidges(
  session: EditSession,
  { lambda, mu, nu, statistics, history, historyWeight }: Protection,
  which: PromptRows,
): Promise<ReadonlyMap<string, Ridge>> {
  if (mu > 0 && statistics !== undefined) await requireFitting(session, statistics, which);
  await requireFittingHistory(session, history);
  const keys = nu > 0 ? await localityKeys(session, nu, which) : new Map<string, Float64Array>();
  const ridges = new Map<string, Ridge>();
  for (const { inputGroup, dIn } of onePerInputGroup(session.sites)) {
    await betweenSolves(session.signal);
    const identity = (): Ridge => history?.identity(dIn, lambda) ?? identityRidge(dIn, lambda);
    const base = mu > 0 && statistics !== undefined ? statistics.ridge(inputGroup, lambda, mu) : identity();
    const kept = (await history?.ridge(inputGroup, { base, weight: historyWeight }, session.solving)) ?? base;
    ridges.set(inputGroup, await protectedRidge(kept, keys.get(inputGroup) ?? new Float64Array(), session.solving));
  }
  return ridges;
}

/**
 * Throws MokusError `base-model` and `input` for statistics of another encoder or template than the session's, or of answer
 * rows where the edit writes at other ones. Those of all rows are of answer rows too.
 */
export async function requireFitting(
  { encoder, template }: EditSession,
  statistics: SiteStatistics,
  which: PromptRows,
): Promise<void> {
  if (statistics.baseModel !== (await encoder.fingerprint())) {
    throw new MokusError(
      'base-model',
      'the statistics were computed on another text encoder: run secondMoments on this one',
      { field: 'statistics' },
    );
  }
  if (statistics.template !== template) {
    throw new MokusError(
      'input',
      `the statistics were computed under the template '${statistics.template}', but the edit uses '${template}': run secondMoments with that template`,
      { field: 'statistics' },
    );
  }
  if (which === 'all' && statistics.rows !== 'all') {
    throw new MokusError(
      'input',
      "the statistics count the answer rows of prompts alone, but the edit writes at the subject's token: run secondMoments with rows: 'all', or edit at factToken 'last'",
      { field: 'statistics' },
    );
  }
}

/** Throws MokusError `base-model` and `input` for a history of another encoder than the session's. */
export async function requireFittingHistory(
  { encoder, sites }: EditSession,
  history: KeyHistory | undefined,
): Promise<void> {
  history?.requireFitting(await encoder.fingerprint(), sites);
}

/** Rows sqrt(nu w) k per input group, so that their Gram matrix K^T K is nu P. */
export async function localityKeys(
  session: EditSession,
  nu: number,
  which: PromptRows,
): Promise<Map<string, Float64Array>> {
  const { encoder, template, sites, signal } = session;
  const weights = localityWeights(session);
  const groups = onePerInputGroup(sites);
  const parts = new Map<string, Float64Array[]>(groups.map(({ inputGroup }) => [inputGroup, []]));
  const ids = groups.map((site) => site.id);
  const options: RunOptions = { signal };
  const promptWeights = [...weights.values()];
  let done = 0;
  for await (const { batch, rows } of promptBatches(encoder, weights.keys(), template, which)) {
    throwIfCancelled(signal, 'the edit');
    const captures = await encoder.capture({ batch, sites: ids, rows }, options);
    const scales = rows.map(({ sequence }) => {
      const rowsOfPrompt = which === 'all' ? batch[sequence]!.length : 1;
      return Math.sqrt((nu * promptWeights[done + sequence]!) / rowsOfPrompt);
    });
    for (const { id, inputGroup, dIn } of groups) {
      const input = captures.get(id)!.input.data;
      parts.get(inputGroup)!.push(Float64Array.from(input, (value, index) => value * scales[Math.floor(index / dIn)]!));
    }
    done += batch.length;
  }
  return new Map([...parts].map(([group, chunks]) => [group, concatenated(chunks)]));
}

/** How much each distinct locality prompt weighs: a request's weigh 1 together. */
function localityWeights({ requests, encoder, template }: EditSession): ReadonlyMap<string, number> {
  const questions = new Set(requests.map(({ question }) => question.trim()));
  const weights = new Map<string, number>();
  requests.forEach(({ locality = [] }, request) => {
    for (const prompt of locality) {
      namingRequest(request, () => encoder.tokenize(prompt, { template }));
      if (questions.has(prompt.trim())) continue;
      weights.set(prompt, (weights.get(prompt) ?? 0) + 1 / locality.length);
    }
  });
  return weights;
}
