import type { Editor, Json, StatePlace } from '@mokus/core';
import type { KeyHistory } from '../protection/key-history.js';
import { allSatisfied, type EditSession } from '../session/session.js';
import { proportionalSites } from '../session/sites.js';
import { TrialDeltas } from '../session/trials.js';
import { DeltaSum } from '../solvers/delta-sum.js';
import { contextKeys } from './keys.js';
import { openLocateSession, prepareSearches } from './locate-session.js';
import { describeTargetSearch, type ResolvedTargetSearch } from './options.js';
import { type SpreadOptions, spreadOverLayers } from './spread.js';
import type { Target } from './target-search.js';

/** What tells the methods that spread targets over layers apart. */
export interface SpreadMethod {
  readonly name: string;
  readonly search: ResolvedTargetSearch;
  /** What shifts are sought at; the first one's targets are spread. */
  readonly parts: readonly StatePlace['part'][];
  readonly divisor: SpreadOptions['divisor'];
  /** Made once a call, on the encoder before it is changed. */
  readonly solver: (session: EditSession) => Promise<SpreadOptions['solve']>;
  readonly history: KeyHistory | undefined;
  /** The method's own options, for provenance. */
  readonly described: { readonly [key: string]: Json };
}

/**
 * An editor that seeks a target vector for each request on the unedited encoder and spreads all of them together over
 * the layers of its sites. Progress: the objective before, each step of each search with how many requests are through,
 * and the objective with the edit.
 */
export function spreadEditor({ name, search, parts, divisor, solver, history, described }: SpreadMethod): Editor {
  return {
    name,
    async edit(encoder, requests, options = {}) {
      const sites = proportionalSites(encoder, 4, 8);
      const opened = await openLocateSession(encoder, requests, { editor: name, search, sites }, options);
      const { session, located, layer, contexts } = opened;
      const provenance = { ...describeTargetSearch(search, contexts), ...described };
      if (allSatisfied(opened.before)) return session.finish(new Map(), provenance);
      const places = parts.map((part): StatePlace => ({ layer, part }));
      const solve = await solver(session);
      const targets: Target[] = [];
      for (const each of await prepareSearches(opened, places, search)) targets.push((await each.run())[0]!);
      const trials = new TrialDeltas(session);
      try {
        const spread = { place: places[0]!, divisor, solve };
        const deltas = await spreadOverLayers(session, located, targets, trials, spread);
        await session.evaluate(requests.length * search.steps + 1);
        const keys = history && (await contextKeys(session, located, session.sites));
        const changes = new Map([...deltas].map(([site, delta]) => [site, new DeltaSum(delta).result()]));
        const edit = await session.finish(changes, provenance);
        for (const { inputGroup, dIn } of session.sites) {
          const rows = keys?.get(inputGroup);
          if (rows !== undefined) history?.add(inputGroup, dIn, rows, edit.provenance.baseModel);
        }
        return edit;
      } finally {
        trials.popAll();
      }
    },
  };
}
