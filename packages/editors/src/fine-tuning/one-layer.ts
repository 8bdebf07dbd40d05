import { type Editor, requireNumber } from '@mokus/core';
import { requireOptions } from '../option-kinds.js';
import { proportionalSites } from '../session/sites.js';
import { trainedMatrix } from './trained-delta.js';
import { type TuningOptions, type TuningSettings, tuningEditor } from './tuning-editor.js';

/** The options that are plain values. Default sites: the down projection of one layer, as high as layer 21 of 28. */
export type FtMSettings = TuningSettings;

export type FtMOptions = TuningOptions;

export interface FtLSettings extends TuningSettings {
  /** No weight moves further than this from where it was. Published: 5e-4 to 5e-5. Default: 5e-4. */
  readonly limit?: number | undefined;
}

export interface FtLOptions extends FtLSettings, TuningOptions {}

/**
 * FT-M: fine-tuning of one layer's down projection on the teacher-forced answer (Zhang et al. 2024), Adam at 5e-4.
 *
 * `ftM` throws MokusError `input` naming an option that is unknown or out of its range; `edit` as {@link Editor} says.
 */
export function ftM(options: FtMOptions = {}): Editor {
  return oneLayer('ftM', options, undefined);
}

/**
 * FT-L: as `ftM`, and after each step every weight is put back into W0 +- limit (Zhu et al. 2020; the constrained
 * baseline of ROME and MEMIT).
 *
 * `ftL` throws MokusError `input` naming an option that is unknown or out of its range; `edit` as {@link Editor} says.
 */
export function ftL(options: FtLOptions = {}): Editor {
  requireOptions('ftL', options);
  const { limit = 5e-4 } = options;
  requireNumber('ftL', 'limit', limit, { above: 0 });
  return oneLayer('ftL', options, limit);
}

function oneLayer(name: string, options: TuningOptions, limit: number | undefined): Editor {
  return tuningEditor({
    name,
    options,
    defaultSites: (encoder) => proportionalSites(encoder, 21, 21),
    defaultLearningRate: 5e-4,
    trained: (sites) => sites.map((site) => trainedMatrix(site, limit)),
    described: limit === undefined ? {} : { limit },
  });
}
