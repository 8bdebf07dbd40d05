import { type Editor, MokusError, requireNumber, type Site, seededNoise } from '@mokus/core';
import { requireOptions } from '../option-kinds.js';
import { defaultSites } from '../session/sites.js';
import { trainedFactors } from './trained-delta.js';
import { type TuningOptions, type TuningSettings, tuningEditor } from './tuning-editor.js';

/**
 * The options that are plain values. Default sites: gate and up projections of every layer, which every encoder lists; the
 * published ones are q and v projections, `{ roles: ['q_proj', 'v_proj'] }`, of an encoder loaded with `siteRoles` that name
 * them.
 */
export interface LoraTuningSettings extends TuningSettings {
  /** At most the smaller of each site's dIn and dOut: the rank that its matrix has. Default: 8. */
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
 * says, `input` for a rank above that of a site's matrix.
 */
export function loraTuning(options: LoraTuningOptions = {}): Editor {
  const name = 'loraTuning';
  requireOptions(name, options);
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
      for (const site of sites) requireRankWithin(name, rank, site);
      const noise = seededNoise(seed);
      return sites.map((site) => {
        const a = Float32Array.from({ length: rank * site.dIn }, () => (2 * noise.uniform() - 1) / Math.sqrt(site.dIn));
        return trainedFactors(site, rank, alpha / rank, a);
      });
    },
    described: { rank, alpha, seed },
  });
}

function requireRankWithin(owner: string, rank: number, { id, dIn, dOut }: Site): void {
  const most = Math.min(dIn, dOut);
  if (rank <= most) return;
  throw new MokusError(
    'input',
    `${owner}: rank is ${rank}, but site '${id}' of ${dIn} inputs and ${dOut} outputs has a rank of ${most} at most`,
    { site: id, field: 'rank' },
  );
}
