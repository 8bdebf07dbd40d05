import {
  MokusError,
  type PromptTemplate,
  type RunOptions,
  type SecondMoment,
  type TextEncoder,
  throwIfCancelled,
} from '@mokus/core';
import { onePerInputGroup, type SiteSelection, selectSites } from '../session/sites.js';
import { type PromptRows, promptBatches } from './prompt-batches.js';
import { addMoments, SiteStatistics } from './site-statistics.js';

export interface SecondMomentsOptions extends RunOptions {
  /** The template that edits will use. Default: 'pipeline'. */
  readonly template?: PromptTemplate | undefined;
  /** The sites that edits will change. Default: gate and up projections of all layers below the tap. */
  readonly sites?: SiteSelection | undefined;
  /** The rows of a prompt whose keys count: 'answer' for UltraEdit, 'all' for locate-then-edit. Default: 'answer'. */
  readonly rows?: PromptRows | undefined;
}

/**
 * Second moments of the sites' inputs at the answer rows (the last row of the formatted prompt, which predicts the
 * answer) or at all rows of a general corpus of prompts: the C of the protected ridge. Progress: 'statistics', in prompts.
 *
 * Throws MokusError `input` for an empty corpus, `prompt` for a prompt that is too long, `site`, `cancelled`.
 */
export async function secondMoments(
  encoder: TextEncoder,
  prompts: readonly string[],
  options: SecondMomentsOptions = {},
): Promise<SiteStatistics> {
  const { template = 'pipeline', rows: which = 'answer', signal, onProgress } = options;
  if (prompts.length === 0) {
    throw new MokusError('input', 'second moments need at least one prompt', { field: 'prompts' });
  }
  const groups = onePerInputGroup(selectSites(encoder, options.sites));
  const sites = groups.map((site) => site.id);
  const sums = new Map<string, SecondMoment>();
  let done = 0;
  for (const { batch, rows } of promptBatches(encoder, prompts, template, which)) {
    throwIfCancelled(signal, 'computing second moments');
    const moments = await encoder.secondMoment({ batch, sites, rows }, { signal });
    for (const site of groups) {
      const moment = moments.get(site.id)!;
      const sum = sums.get(site.inputGroup);
      sums.set(site.inputGroup, sum === undefined ? moment : addMoments(sum, moment));
    }
    done += batch.length;
    onProgress?.({ kind: 'statistics', done, total: prompts.length });
  }
  return new SiteStatistics({ baseModel: await encoder.fingerprint(), template, rows: which, moments: sums });
}
