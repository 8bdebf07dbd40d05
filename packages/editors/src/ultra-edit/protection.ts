import { MokusError, type RunOptions, throwIfCancelled } from '@mokus/core';
import { namingRequest } from '../session/requests.js';
import type { EditSession } from '../session/session.js';
import { onePerInputGroup } from '../session/sites.js';
import { identityRidge, protectedRidge, type Ridge } from '../solvers/ridge.js';
import { promptBatches } from '../statistics/prompt-batches.js';
import type { ResolvedUltraEditOptions } from './options.js';

/**
 * The ridge lambda I + mu C + nu P of each input group. P is a request's mean of k k^T over its own locality prompts, at
 * their answer rows, on the model before this edit, summed over requests as their keys are. A locality prompt that is
 * itself a question of this call is not protected: it is about to change.
 *
 * Throws MokusError `base-model` and `input` for statistics that do not fit this encoder, template or sites.
 */
export async function protectedRidges(
  session: EditSession,
  options: ResolvedUltraEditOptions,
): Promise<ReadonlyMap<string, Ridge>> {
  const { lambda, mu, nu, statistics } = options;
  if (mu > 0) await requireFitting(session, options);
  const keys = nu > 0 ? await localityKeys(session, nu) : new Map<string, Float64Array>();
  return new Map(
    onePerInputGroup(session.sites).map(({ inputGroup, dIn }) => {
      const base =
        mu > 0 && statistics !== undefined ? statistics.ridge(inputGroup, lambda, mu) : identityRidge(dIn, lambda);
      return [inputGroup, protectedRidge(base, keys.get(inputGroup) ?? new Float64Array())];
    }),
  );
}

async function requireFitting({ encoder, template }: EditSession, options: ResolvedUltraEditOptions): Promise<void> {
  const { statistics } = options;
  if (statistics === undefined) return;
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
}

/** Rows sqrt(nu w) k per input group, so that their Gram matrix K^T K is nu P. */
async function localityKeys(session: EditSession, nu: number): Promise<Map<string, Float64Array>> {
  const { encoder, template, sites, signal } = session;
  const weights = localityWeights(session);
  const groups = onePerInputGroup(sites);
  const scales = [...weights.values()].map((weight) => Math.sqrt(nu * weight));
  const keys = new Map(groups.map(({ inputGroup, dIn }) => [inputGroup, new Float64Array(weights.size * dIn)]));
  const ids = groups.map((site) => site.id);
  const options: RunOptions = { signal };
  let done = 0;
  for (const { batch, rows } of promptBatches(encoder, [...weights.keys()], template)) {
    throwIfCancelled(signal, 'the edit');
    const captures = await encoder.capture({ batch, sites: ids, rows }, options);
    for (const { id, inputGroup, dIn } of groups) {
      const target = keys.get(inputGroup)!;
      captures.get(id)!.input.data.forEach((value, index) => {
        target[done * dIn + index] = value * scales[done + Math.floor(index / dIn)]!;
      });
    }
    done += batch.length;
  }
  return keys;
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
