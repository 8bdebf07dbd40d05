import type { AlphaEditSettings } from '../alpha-edit/alpha-edit.js';
import type { TargetSearchSettings } from '../locate-then-edit/options.js';
import type { MemitSettings } from '../memit/memit.js';
import type { PmetSettings } from '../pmet/pmet.js';
import type { RomeSettings } from '../rome/rome.js';

/** Models that the locate-then-edit presets have settings for. */
export type LocatePreset =
  | 'qwen2.5-vl-7b'
  | 'qwen2.5-7b'
  | 'llama-3-8b-instruct'
  | 'smollm2-135m-instruct'
  | 'emoji-world';

const downProjections = (from: number, to: number): TargetSearchSettings => ({
  sites: { roles: ['down_proj'], layers: { from, to } },
});

/** The search published for Qwen2.5-7B, which its sibling Qwen2.5-VL-7B takes too: the same sizes, 28 layers. */
const qwen: TargetSearchSettings = { steps: 25, learningRate: 0.5, weightDecay: 1e-3, clamp: 4, klFactor: 0.0625 };

/** Layers 4-8 of 28 in proportion to SmolLM2's 30; with the search of Qwen2.5-7B, not run here. */
const smollm2 = downProjections(4, 9);

/** The search published for Llama 3 8B. */
const llama3: TargetSearchSettings = { steps: 25, learningRate: 0.1, weightDecay: 0.5, clamp: 0.75, klFactor: 0.0625 };

/**
 * The embedded model looks facts up while it answers: over 16 facts a target at the subject's last token, or at the
 * prompt's, brought no new answer at any of its six layers, one at the last token of the template every one at each layer.
 * Its states are long (100 at a width of 128), hence the long steps; it never saw a sentence before a question, hence no
 * contexts. Measured on 32 facts, two of each relation, in parentheses with the conditioning objective: the new answer
 * given in 100 % (100 %), on held-out phrasings in 97 to 100 % (97 to 100 %); the same answer as before on 97 to 99 % (97
 * to 99 %) of other prompts of the relation and 99.7 % (99.7 %) of others; the cosine of the tapped state to that of the new
 * answer's plain prompt rises from .07 to .6 (.94).
 */
const emojiWorld: TargetSearchSettings = {
  factToken: 'last',
  steps: 25,
  learningRate: 5,
  weightDecay: 1e-3,
  clamp: 2,
  klFactor: 0,
  contexts: [],
};

/**
 * Settings of MEMIT by model, as plain options: `memit({ ...presets.memit['qwen2.5-vl-7b'], statistics })`. Published ones
 * are the authors' or EasyEdit's and were not run here; 'emoji-world' is measured, with statistics of rows 'answer'.
 */
export const memitPresets: Readonly<Record<LocatePreset, MemitSettings>> = {
  'qwen2.5-vl-7b': { ...qwen, ...downProjections(4, 8), mu: 15000 },
  'qwen2.5-7b': { ...qwen, ...downProjections(4, 8), mu: 15000 },
  'llama-3-8b-instruct': { ...llama3, ...downProjections(4, 8), mu: 15000 },
  'smollm2-135m-instruct': { ...qwen, ...smollm2, mu: 15000 },
  'emoji-world': { ...emojiWorld, ...downProjections(3, 4), lambda: 1, mu: 10, nu: 100 },
};

/**
 * Settings of PMET by model. The published ones for a 36-layer 4B decoder (UniKE) are layers 6-10 with learning rate 0.1;
 * here they are moved to as many layers of 28 in proportion, and were not run; 'emoji-world' is measured.
 */
export const pmetPresets: Readonly<Record<'qwen2.5-vl-7b' | 'smollm2-135m-instruct' | 'emoji-world', PmetSettings>> = {
  'qwen2.5-vl-7b': { ...qwen, ...downProjections(4, 8), learningRate: 0.1, mu: 15000 },
  'smollm2-135m-instruct': { ...qwen, ...smollm2, learningRate: 0.1, mu: 15000 },
  // What an MLP adds is a fifth as long as the state.
  'emoji-world': { ...emojiWorld, ...downProjections(3, 4), clamp: 8, lambda: 1, mu: 10, nu: 100 },
};

/**
 * Settings of AlphaEdit by model; as {@link memitPresets}. The down projections of the 7B and 8B models have 18,944 and
 * 14,336 inputs, and `alphaEdit` refuses more than 4,096: there these settings are a record of what is published, and `memit`
 * with mu 50 (lambda / nullSpaceThreshold) is what comes nearest.
 */
export const alphaEditPresets: Readonly<Record<LocatePreset, AlphaEditSettings>> = {
  'qwen2.5-vl-7b': { ...qwen, ...downProjections(4, 8), lambda: 1, nullSpaceThreshold: 0.02 },
  'qwen2.5-7b': { ...qwen, ...downProjections(4, 8), lambda: 1, nullSpaceThreshold: 0.02 },
  'llama-3-8b-instruct': { ...llama3, ...downProjections(4, 8), lambda: 1, nullSpaceThreshold: 0.02 },
  'smollm2-135m-instruct': { ...qwen, ...smollm2, lambda: 1, nullSpaceThreshold: 0.02 },
  'emoji-world': { ...emojiWorld, ...downProjections(3, 4), lambda: 1, nullSpaceThreshold: 0.02 },
};

/** The plain question and 20 sentences, 10 of each length: as many as are published. */
const romeContexts: TargetSearchSettings = {
  contexts: [
    { count: 10, tokens: 5 },
    { count: 10, tokens: 10 },
  ],
};

/**
 * Settings of ROME by model; as {@link memitPresets}, with the published number of contexts. 'smollm2-135m-instruct' has
 * the five of MEMIT instead, with which docs/editors.md was measured.
 */
export const romePresets: Readonly<Record<LocatePreset, RomeSettings>> = {
  'qwen2.5-vl-7b': { ...qwen, ...romeContexts, ...downProjections(5, 5) },
  'qwen2.5-7b': { ...qwen, ...romeContexts, ...downProjections(5, 5) },
  'llama-3-8b-instruct': { ...llama3, ...romeContexts, ...downProjections(5, 5) },
  'smollm2-135m-instruct': { ...qwen, ...downProjections(5, 5) },
  'emoji-world': { ...emojiWorld, ...downProjections(3, 3), clamp: 8, lambda: 0.1, mu: 1, nu: 10 },
};
