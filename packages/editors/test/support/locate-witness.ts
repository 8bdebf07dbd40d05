/**
 * The editors on the model, the requests and with the settings of tools/locate-then-edit/fixtures.py, and what they meet on
 * their way. Two sets of targets: those that an editor finds, and the fixture's in their place.
 */
import type { Edit, EditObjective, Editor, EditRequest, SiteDelta, StatePlace, TextEncoder } from '@mokus/core';
import { vi } from 'vitest';
import {
  answerObjective,
  type FactToken,
  type MemitOptions,
  memit,
  type PromptRows,
  pmet,
  type SiteStatistics,
  secondMoments,
  type TargetSearchOptions,
  ultraEdit,
} from '../../src/index.js';
import { contextKeys, plainKeys, plainQuestions } from '../../src/locate-then-edit/keys.js';
import { type LocatedRequest, locateRequests } from '../../src/locate-then-edit/located-request.js';
import { resolveTargetSearch } from '../../src/locate-then-edit/options.js';
import { type Target, TargetSearch } from '../../src/locate-then-edit/target-search.js';
import { EditSession } from '../../src/session/session.js';
import { withDeltas } from './editing.js';
import { type LocateFixtures, readLocateFixtures, type SpreadFixture } from './locate-fixtures.js';

export const fixtures: LocateFixtures = await readLocateFixtures();
const { requests, sites, search } = fixtures;
const contexts = ['{}', ...fixtures.contexts];

/** Of every method that seeks targets. The fixture takes a fixed number of steps. */
export const common: TargetSearchOptions & { readonly objective: EditObjective } = {
  ...{ ...search, sites, contexts: fixtures.contexts, stopLoss: 0 },
  objective: answerObjective({ stopLoss: 0 }),
};

/** That of the last site. */
export const targetLayer: number = sites.length - 1;

export interface SpreadCase {
  readonly name: string;
  readonly make: (options: MemitOptions) => Editor;
  readonly fixture: SpreadFixture;
  /** Where targets are. */
  readonly part: StatePlace['part'];
  readonly factToken: FactToken;
}

const [published, protecting] = fixtures.memit as [SpreadFixture, SpreadFixture];

/** The methods that spread targets over layers with a ridge; at the last token C and P are over such rows too. */
export const spreads: readonly SpreadCase[] = [
  { name: 'MEMIT as published', make: memit, fixture: published, part: 'block', factToken: 'subjectLast' },
  { name: 'MEMIT with P', make: memit, fixture: protecting, part: 'block', factToken: 'subjectLast' },
  { name: 'MEMIT at the last token', make: memit, fixture: fixtures.last, part: 'block', factToken: 'last' },
  { name: 'PMET', make: pmet, fixture: fixtures.pmet, part: 'mlp', factToken: 'subjectLast' },
];

export async function statisticsOf(encoder: TextEncoder): Promise<Readonly<Record<FactToken, SiteStatistics>>> {
  const over = (rows: PromptRows): Promise<SiteStatistics> => secondMoments(encoder, fixtures.corpus, { sites, rows });
  return { subjectLast: await over('all'), last: await over('answer') };
}

export interface Located {
  readonly session: EditSession;
  readonly located: readonly LocatedRequest[];
}

/** Requests with their fact tokens in every context. */
export async function locate(
  encoder: TextEncoder,
  of: readonly EditRequest[] = requests,
  factToken: FactToken = 'subjectLast',
): Promise<Located> {
  const opened = { editor: 'test', objective: common.objective, sites, maxTurns: () => 1, stepOption: 'learningRate' };
  const session = await EditSession.open(encoder, of, opened, {});
  const settings = resolveTargetSearch('test', { ...common, factToken });
  return { session, located: locateRequests(session, 'test', contexts, settings) };
}

/** An edit, and the targets that it wrote: of the first place of each search, one after the other. */
export async function searchedEdit(
  editor: Editor,
  encoder: TextEncoder,
  of: readonly EditRequest[] = requests,
): Promise<{ readonly edit: Edit; readonly targets: readonly number[] }> {
  const run = vi.spyOn(TargetSearch.prototype, 'run');
  try {
    const edit = await editor.edit(encoder, of);
    const found = await Promise.all(run.mock.results.map(({ value }) => value as Promise<readonly Target[]>));
    const sum = ({ initial, shift }: Target): Float64Array => shift.map((value, at) => value + initial[at]!);
    return { edit, targets: found.flatMap(([first]) => [...sum(first!)]) };
  } finally {
    run.mockRestore();
  }
}

/** An edit that writes the given targets, [requests, hiddenSize], instead of seeking any. */
export async function givenEdit(
  editor: Editor,
  encoder: TextEncoder,
  of: readonly EditRequest[],
  { targets, part, factToken }: Pick<SpreadFixture, 'targets'> & { part: StatePlace['part']; factToken?: FactToken },
): Promise<Edit> {
  const { located } = await locate(encoder, of, factToken);
  const run = vi.spyOn(TargetSearch.prototype, 'run');
  for (const [index, target] of targets.entries()) {
    run.mockImplementationOnce(async () => {
      const places = [{ layer: targetLayer, part }];
      const [now] = await encoder.captureStates({ ...plainQuestions([located[index]!]), places });
      const initial = now!.state.data;
      return [{ initial, shift: Float64Array.from(target, (value, at) => value - initial[at]!) }];
    });
  }
  try {
    const edit = await editor.edit(encoder, of);
    if (run.mock.calls.length !== targets.length) throw new Error(`${run.mock.calls.length} searches were run`);
    return edit;
  } finally {
    run.mockRestore();
  }
}

/** Each layer's mean keys over contexts, with the changes of the layers below it on the encoder, as editors meet them. */
export async function spreadKeys(
  encoder: TextEncoder,
  changes: ReadonlyMap<string, SiteDelta>,
  { session, located }: Located,
): Promise<ReadonlyMap<number, Float64Array>> {
  const keys = new Map<number, Float64Array>();
  for (const site of session.sites) {
    const below = new Map([...changes].filter(([id]) => session.sites.indexOf(site) > sites.indexOf(id)));
    const found = await withDeltas(encoder, below, () => contextKeys(session, located, [site]));
    keys.set(site.layer, found.get(site.inputGroup)!);
  }
  return keys;
}

/** The last site's keys: means over contexts, and those of the plain questions. */
export async function keysOfLast({ session, located }: Located): Promise<{
  readonly mean: Float64Array;
  readonly plain: Float64Array;
}> {
  const site = session.sites[targetLayer]!;
  const mean = (await contextKeys(session, located, [site])).get(site.inputGroup)!;
  return { mean, plain: await plainKeys(session, located, site) };
}

/** UltraEdit, and the keys of each turn by layer. */
export async function ultraEditOf(
  encoder: TextEncoder,
  { ridge, eta, turns }: (typeof fixtures.ultraEdit)[number],
): Promise<{ readonly edit: Edit; readonly keys: readonly ReadonlyMap<number, ArrayLike<number>>[] }> {
  const statistics = await secondMoments(encoder, fixtures.corpus, { sites, rows: 'answer' });
  const editor = ultraEdit({ ...ridge, eta, maxTurns: turns, sites, statistics, objective: common.objective });
  const capture = vi.spyOn(encoder, 'capture');
  try {
    const edit = await editor.edit(encoder, requests);
    const captures = await Promise.all(
      capture.mock.results.map(({ value }) => value as ReturnType<TextEncoder['capture']>),
    );
    // What has gradients was solved for.
    const solved = captures.filter((each) => each.get(sites[0]!)?.outputGradient !== undefined);
    return { edit, keys: solved.map((each) => new Map(sites.map((id, layer) => [layer, each.get(id)!.input.data]))) };
  } finally {
    capture.mockRestore();
  }
}
