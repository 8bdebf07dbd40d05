import type { EditOptions, EditRequest, ObjectiveValue, StatePlace, TextEncoder } from '@mokus/core';
import { EditSession } from '../session/session.js';
import type { SiteSelection } from '../session/sites.js';
import { resolveContexts } from './contexts.js';
import { type LocatedRequest, locateRequests } from './located-request.js';
import type { ResolvedTargetSearch } from './options.js';
import { requireResidualSites } from './residual-sites.js';
import { TargetSearch } from './target-search.js';

export interface LocateSettings {
  readonly editor: string;
  readonly search: ResolvedTargetSearch;
  /** Where the search names no sites. */
  readonly sites: SiteSelection;
  /** How many sites the method changes at most. Default: any number. */
  readonly mostSites?: number | undefined;
}

/** A session of a locate-then-edit method: its requests located, and the objective measured before and after. */
export interface LocateSession {
  readonly session: EditSession;
  readonly located: readonly LocatedRequest[];
  /** The objective before the edit. */
  readonly before: ObjectiveValue;
  /** The layer that targets are sought at: that of the last site. */
  readonly layer: number;
  readonly contexts: readonly string[];
}

/**
 * Throws as `EditSession.open` does, and MokusError `site` for sites that do not fit the method, `input` for requests
 * without a subject in their question.
 */
export async function openLocateSession(
  encoder: TextEncoder,
  requests: readonly EditRequest[],
  { editor, search, sites, mostSites }: LocateSettings,
  options: EditOptions,
): Promise<LocateSession> {
  const session = await EditSession.open(
    encoder,
    requests,
    {
      editor,
      objective: search.objective,
      sites: search.sites ?? sites,
      // The search's steps, request by request, and the layers.
      maxTurns: (count) => count * search.steps + 1,
      stepOption: 'learningRate',
    },
    options,
  );
  requireResidualSites(editor, encoder, session.sites, mostSites);
  // Before the encoder is run for anything: a request without a subject costs nothing then.
  locateRequests(session, editor, ['{}'], search);
  const before = await session.evaluate(0);
  const contexts = await resolveContexts(encoder, search.contexts, options);
  return {
    session,
    located: locateRequests(session, editor, contexts, search),
    before,
    layer: session.sites.at(-1)!.layer,
    contexts,
  };
}

/** The searches of all requests, their objectives made ready on the encoder as it is now. */
export async function prepareSearches(
  { session, located }: LocateSession,
  places: readonly StatePlace[],
  search: ResolvedTargetSearch,
): Promise<readonly TargetSearch[]> {
  const searches: TargetSearch[] = [];
  for (const each of located) searches.push(await TargetSearch.prepare(session, each, places, search));
  return searches;
}
