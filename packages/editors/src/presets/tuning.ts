import type { FineTuningSettings } from '../fine-tuning/fine-tuning.js';
import type { LoraTuningSettings } from '../fine-tuning/lora-tuning.js';
import type { FtLSettings, FtMSettings } from '../fine-tuning/one-layer.js';
import type { SiteSelection } from '../session/sites.js';

/** Models that the fine-tuning presets have settings for. */
export type TuningPreset = 'qwen2.5-vl-7b' | 'smollm2-135m-instruct' | 'emoji-world';

const downProjection = (layer: number): SiteSelection => ({ roles: ['down_proj'], layers: { from: layer, to: layer } });

/**
 * Settings of naive fine-tuning by model: the matrices that UltraEdit changes in it, at the published learning rate.
 * 'emoji-world' is measured (docs of bench:transfer); the others were not run here.
 */
export const fineTuningPresets: Readonly<Record<TuningPreset, FineTuningSettings>> = {
  'qwen2.5-vl-7b': {
    sites: { roles: ['gate_proj', 'up_proj'], layers: { from: 18, to: 26 } },
    learningRate: 5e-4,
    maxEpochs: 25,
  },
  'smollm2-135m-instruct': {
    sites: { roles: ['gate_proj', 'up_proj'], layers: { from: 18, to: 26 } },
    learningRate: 5e-4,
    maxEpochs: 25,
  },
  'emoji-world': { sites: { roles: ['gate_proj', 'up_proj'] }, learningRate: 5e-4, maxEpochs: 25 },
};

/**
 * Settings of FT-M by model: published for Qwen2.5-7B's sibling, moved in proportion for SmolLM2's 30 layers; those two were
 * not run here. 'emoji-world' is measured on 16 facts: the new answer in 100 %, also on held-out phrasings; the same answer
 * as before on 95 % of other prompts of the relation and 99 % of others. At the published step 0 % moved.
 */
export const ftMPresets: Readonly<Record<TuningPreset, FtMSettings>> = {
  'qwen2.5-vl-7b': { sites: downProjection(21), learningRate: 5e-4, maxEpochs: 25 },
  'smollm2-135m-instruct': { sites: downProjection(22), learningRate: 5e-4, maxEpochs: 25 },
  'emoji-world': { sites: downProjection(4), learningRate: 3e-3, maxEpochs: 40 },
};

/**
 * Settings of FT-L by model: as {@link ftMPresets}, with the published limit for large models. On emoji-world a limit of
 * 0.1 does as well as none, 0.05 moved 69 % of answers, 0.02 none.
 */
export const ftLPresets: Readonly<Record<TuningPreset, FtLSettings>> = {
  'qwen2.5-vl-7b': { ...ftMPresets['qwen2.5-vl-7b'], limit: 5e-4 },
  'smollm2-135m-instruct': { ...ftMPresets['smollm2-135m-instruct'], limit: 5e-4 },
  'emoji-world': { ...ftMPresets['emoji-world'], limit: 0.1 },
};

/**
 * Settings of LoRA fine-tuning by model. Published: rank 8, alpha 32, q and v projections, which a text encoder lists when
 * it is loaded with `siteRoles` that name them. 'smollm2-135m-instruct' and 'emoji-world' train gate and up projections
 * instead, with which docs/editors.md was measured. 'emoji-world' is measured as FT-M was: 100 %, 100 %, and 92.5 % and 99 %
 * kept; with the conditioning objective 75 % and 91 % kept.
 */
export const loraTuningPresets: Readonly<Record<TuningPreset, LoraTuningSettings>> = {
  'qwen2.5-vl-7b': {
    sites: { roles: ['q_proj', 'v_proj'] },
    rank: 8,
    alpha: 32,
    learningRate: 5e-3,
    maxEpochs: 25,
  },
  'smollm2-135m-instruct': { rank: 8, alpha: 32, learningRate: 5e-3, maxEpochs: 25 },
  'emoji-world': { rank: 8, alpha: 32, learningRate: 5e-3, maxEpochs: 25 },
};
