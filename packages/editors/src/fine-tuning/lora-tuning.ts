import { type Editor, requireNumber, seededNoise } from '@mokus/core';
import { defaultSites } from '../session/sites.js';
import { trainedFactors } from './trained-delta.js';
import { type TuningOptions, type TuningSettings, tuningEditor } from './tuning-editor.js';

/**
 * The options that are plain values. Default sites: gate and up projections of every layer, which every encoder lists; the
 * published ones are q and v projections, `{ roles: ['q_proj', 'v_proj'] }`, of an encoder loaded with `siteRoles` that name
 * them.
 */
export interface LoraTuningSettings extends TuningSettings {
  /** Default: 8. */
  readonly rank?: number | undefined;
  /** dW = (alpha / rank) B A. Default: 32. */
  readonly alpha?: number | undefined;
  /** What A begins as. Default: 0. */
  readonly seed?: number | undefined;
}

export interface LoraTuningOptions extends LoraTuningSettings, TuningOptions {}

/**
 * Fine-tuning of low-rank factors (LoRA, Hu et al. 2022): dW = (alpha / rank) B A, B from zeros, A uniform within
 * +- 1 / sqrt(dIn), Adam at 5e-3 on both. The edit keeps the factors. Deterministic for a seed.
 *
 * `loraTuning` throws MokusError `input` naming an option that is unknown or out of its range; `edit` as {@link Editor}
 * says.
 */
export function loraTuning(options: LoraTuningOptions = {}): Editor {
  const name = 'loraTuning';
  const { rank = 8, alpha = 32, seed = 0 } = options;
  requireNumber(name, 'rank', rank, { atLeast: 1, integer: true });
  requireNumber(name, 'alpha', alpha, { above: 0 });
  seededNoise(seed);
  return tuningEditor({
    name,
    options,
    defaultSites: () => defaultSites,
    defaultLearningRate: 5e-3,
    trained: (sites) => {
      const noise = seededNoise(seed);
      return sites.map((site) => {
        const a = Float32Array.from({ length: rank * site.dIn }, () => (2 * noise.uniform() - 1) / Math.sqrt(site.dIn));
        return trainedFactors(site, rank, alpha / rank, a);
      });
    },
    described: { rank, alpha, seed },
  });
}
