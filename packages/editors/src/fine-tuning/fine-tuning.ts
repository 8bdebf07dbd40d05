import type { Editor } from '@mokus/core';
import { defaultSites } from '../session/sites.js';
import { trainedMatrix } from './trained-delta.js';
import { type TuningOptions, type TuningSettings, tuningEditor } from './tuning-editor.js';

/** The options that are plain values: what a preset holds. Default sites: gate and up projections of every layer. */
export type FineTuningSettings = TuningSettings;

export type FineTuningOptions = TuningOptions;

/**
 * Naive fine-tuning of whole matrices, the baseline ("Enc-FT" where the model is the text encoder): Adam at 5e-4 on the
 * objective until every request is satisfied. The edit is one dense delta a site. Trial deltas are on the encoder while
 * `edit` runs, so one edit of an encoder at a time. Deterministic.
 *
 * `fineTuning` throws MokusError `input` naming an option that is unknown or out of its range; `edit` as {@link Editor} says.
 */
export function fineTuning(options: FineTuningOptions = {}): Editor {
  return tuningEditor({
    name: 'fineTuning',
    options,
    defaultSites: () => defaultSites,
    defaultLearningRate: 5e-4,
    trained: (sites) => sites.map((site) => trainedMatrix(site)),
    described: {},
  });
}
