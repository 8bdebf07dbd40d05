import type { EditObjective, Editor, SiteDelta } from '@mokus/core';
import { answerObjective } from '../objectives/answer.js';
import { Adam } from '../optimisers/adam.js';
import { requireFinite, requireNumber } from '../session/checks.js';
import { allSatisfied, EditSession } from '../session/session.js';
import { defaultSites, type SiteSelection } from '../session/sites.js';
import { TrialDeltas } from '../session/trials.js';

/** The options that are plain values: what a preset holds. */
export interface FineTuningSettings {
  /** Default: gate and up projections of every layer. */
  readonly sites?: SiteSelection | undefined;
  /** Adam's. Default: 5e-4. */
  readonly learningRate?: number | undefined;
  /** Steps at most, each over all requests. Default: 25. */
  readonly maxEpochs?: number | undefined;
}

export interface FineTuningOptions extends FineTuningSettings {
  /** Used where an edit names none. Default: `answerObjective({ stopLoss: 1e-2 })`. */
  readonly objective?: EditObjective | undefined;
}

type DenseDelta = Extract<SiteDelta, { kind: 'dense' }>;

/**
 * Naive fine-tuning of the same matrices, the baseline ("Enc-FT" where the model is the text encoder): Adam on the
 * objective until every request is satisfied. The edit is one dense delta a site. Trial deltas are on the encoder while
 * `edit` runs, so one edit of an encoder at a time. Deterministic.
 *
 * `fineTuning` throws MokusError `input` naming an option out of its range; `edit` as {@link Editor} says.
 */
export function fineTuning(options: FineTuningOptions = {}): Editor {
  const { learningRate = 5e-4, maxEpochs = 25, sites = defaultSites } = options;
  const defaultObjective = options.objective ?? answerObjective({ stopLoss: 1e-2 });
  const name = 'fineTuning';
  requireNumber(name, 'learningRate', learningRate, { above: 0 });
  requireNumber(name, 'maxEpochs', maxEpochs, { atLeast: 1, integer: true });
  return {
    name,
    async edit(encoder, requests, editOptions = {}) {
      const objective = editOptions.objective ?? defaultObjective;
      const session = await EditSession.open(
        encoder,
        requests,
        { editor: name, objective, sites, maxTurns: maxEpochs },
        editOptions,
      );
      const { batch, signal } = session;
      const deltas = new Map<string, DenseDelta>(
        session.sites.map(({ id, dIn, dOut }) => [
          id,
          { kind: 'dense', dIn, dOut, delta: new Float32Array(dIn * dOut) },
        ]),
      );
      const optimiser = new Adam({ learningRate });
      const trials = new TrialDeltas(encoder);
      let epochs = 0;
      try {
        for (; epochs <= maxEpochs; epochs++) {
          if (epochs > 0) for (const [site, delta] of deltas) trials.push(site, delta);
          const value = await session.evaluate(epochs);
          trials.popAll();
          if (epochs === maxEpochs || allSatisfied(value)) break;
          const gradients = await encoder.parameterGradients(
            { batch, parameters: deltas, cotangents: session.cotangents(value) },
            { signal },
          );
          for (const [site, { delta }] of deltas) optimiser.step(site, delta, denseOf(gradients, site));
        }
      } finally {
        trials.popAll();
      }
      for (const [site, { delta }] of deltas) requireFinite(delta, 'the update', site);
      return session.finish(epochs === 0 ? new Map() : deltas, { learningRate, maxEpochs });
    },
  };
}

function denseOf(gradients: ReadonlyMap<string, SiteDelta>, site: string): Float32Array {
  const gradient = gradients.get(site);
  if (gradient?.kind !== 'dense') throw new TypeError(`no dense gradient came back for site '${site}'`);
  requireFinite(gradient.delta, 'the gradient', site);
  return gradient.delta;
}
