import {
  Adam,
  type AdamOptions,
  deltaArrays,
  type EditObjective,
  type Editor,
  type Json,
  requireKnown,
  requireNumber,
  requireObjective,
  resolveAdam,
  type Site,
  type SiteDelta,
  type TextEncoder,
} from '@mokus/core';
import { answerObjective } from '../objectives/answer.js';
import { requireOptions } from '../option-kinds.js';
import { EditSession, type SessionSettings } from '../session/session.js';
import type { SiteSelection } from '../session/sites.js';
import type { TrainedDelta } from './trained-delta.js';

/** What all fine-tuning editors take: plain values, as a preset holds them. */
export interface TuningSettings extends Pick<AdamOptions, 'betas' | 'epsilon'> {
  readonly sites?: SiteSelection | undefined;
  /** Adam's. */
  readonly learningRate?: number | undefined;
  /** Steps at most, each over all requests. Default: 25. */
  readonly maxEpochs?: number | undefined;
}

export interface TuningOptions extends TuningSettings {
  /** Used where an edit names none. Default: `answerObjective({ stopLoss: 1e-2 })`. */
  readonly objective?: EditObjective | undefined;
}

/** What tells fine-tuning editors apart. */
export interface TuningMethod {
  readonly name: string;
  /** As a caller gave them, the method's own among them. */
  readonly options: TuningOptions;
  readonly defaultSites: (encoder: TextEncoder) => SiteSelection;
  readonly defaultLearningRate: number;
  /** What is trained, made anew for each call. */
  readonly trained: (sites: readonly Site[]) => readonly TrainedDelta[];
  /** The method's own options by name, for provenance. */
  readonly described: { readonly [key: string]: Json };
}

/**
 * Adam on the objective until every request is satisfied. Nothing is pushed on the encoder meanwhile. Deterministic. Throws MokusError `input` naming an option that is unknown or out of its range,
 * and from `edit` MokusError `edit` for an objective that depends on none of the sites.
 */
export function tuningEditor(method: TuningMethod): Editor {
  const { name, options, defaultSites, defaultLearningRate, trained, described } = method;
  requireOptions(name, options);
  const {
    sites: selection,
    learningRate = defaultLearningRate,
    betas,
    epsilon,
    maxEpochs = 25,
    objective: own,
  } = options;
  requireKnown(name, options, {
    ...{ sites: selection, learningRate, betas, epsilon, maxEpochs, objective: own },
    ...described,
  });
  const defaultObjective = own ?? answerObjective({ stopLoss: 1e-2 });
  requireObjective(name, 'objective', defaultObjective);
  const adam = resolveAdam(name, { learningRate, betas, epsilon });
  requireNumber(name, 'maxEpochs', maxEpochs, { atLeast: 1, integer: true });
  return {
    name,
    async edit(encoder, requests, editOptions = {}) {
      const settings: SessionSettings = {
        editor: name,
        objective: defaultObjective,
        sites: selection ?? defaultSites(encoder),
        maxTurns: () => maxEpochs,
        stepOption: 'learningRate',
      };
      const session = await EditSession.open(encoder, requests, settings, editOptions);
      const deltas = trained(session.sites);
      const epochs = await train(session, deltas, new Adam(adam));
      const changes = epochs === 0 ? new Map<string, SiteDelta>() : deltasOf(deltas);
      return session.finish(changes, { ...adam, maxEpochs, ...described });
    },
  };
}

/** How many steps it took. */
async function train(session: EditSession, trained: readonly TrainedDelta[], optimiser: Adam): Promise<number> {
  const { encoder, batch, signal } = session;
  for (let epoch = 0; ; epoch++) {
    const parameters = deltasOf(trained);
    requireFinite(session, 'the update', parameters);
    const gradients = await encoder.parameterGradients(
      { batch, parameters, cotangents: session.cotangents(epoch) },
      { signal },
    );
    if (gradients.size === 0) return epoch;
    requireFinite(session, 'the gradient', gradients);
    if (epoch === 0 && [...gradients.values()].every(isZero)) throw session.withoutSlope(epoch);
    for (const each of trained) each.step(optimiser, gradients.get(each.site)!);
  }
}

function requireFinite(session: EditSession, what: string, deltas: ReadonlyMap<string, SiteDelta>): void {
  for (const [site, delta] of deltas) session.requireFinite(what, site, deltaArrays(delta));
}

function isZero(delta: SiteDelta): boolean {
  return deltaArrays(delta).every((values) => values.every((value) => value === 0));
}

function deltasOf(trained: readonly TrainedDelta[]): Map<string, SiteDelta> {
  return new Map(trained.map((each) => [each.site, each.delta()]));
}
