import {
  type AdamConstants,
  type AdamOptions,
  type EditObjective,
  type Json,
  requireNumber,
  requireObjective,
  resolveAdam,
} from '@mokus/core';
import { answerObjective } from '../objectives/answer.js';
import { requireOptions } from '../option-kinds.js';
import type { SiteSelection } from '../session/sites.js';
import { type Contexts, requireContexts } from './contexts.js';
import { type FactToken, requireFactToken } from './fact-token.js';

/** The search for a target vector: what all locate-then-edit methods share. Plain values, as a preset holds them. */
export interface TargetSearchSettings extends Pick<AdamOptions, 'betas' | 'epsilon'> {
  /**
   * What is changed: one linear layer a layer, which writes into the hidden state. The target is sought at the last of
   * their layers.
   */
  readonly sites?: SiteSelection | undefined;
  /**
   * The row whose state is changed and whose keys are written to: the subject's last token, or the last of the formatted
   * prompt, whose logits predict the answer. Where a model looks a fact up at its subject, 'subjectLast' reaches other
   * phrasings; where it does so while it answers, only 'last' reaches anything. EasyEdit: fact_token. Default: 'subjectLast'.
   */
  readonly factToken?: FactToken | undefined;
  /** Steps at most, a request. EasyEdit: v_num_grad_steps. Default: 25. */
  readonly steps?: number | undefined;
  /** Adam's. EasyEdit: v_lr. Default: 0.5. */
  readonly learningRate?: number | undefined;
  /** Weight of |d| / |h0|^2, as the authors' code has it. EasyEdit: v_weight_decay. Default: 1e-3. */
  readonly weightDecay?: number | undefined;
  /** |d| is at most this times |h0|. EasyEdit: clamp_norm_factor. Default: 4. */
  readonly clamp?: number | undefined;
  /**
   * Weight of the KL divergence that keeps what the model says after '{subject} is a', at the fact token. At 0 that prompt
   * is not run, and factToken 'last' needs no subject. EasyEdit: kl_factor. Default: 0.0625.
   */
  readonly klFactor?: number | undefined;
  /** The search stops when the loss, with its regularisers, is below this, or the objective is satisfied. Default: 0.05. */
  readonly stopLoss?: number | undefined;
  /**
   * What may stand before the question: sentences, each with {} where it goes, and `{ count, tokens }`, so many that the
   * encoder writes; the plain question is always there, and weighs a half in the key. EasyEdit:
   * context_template_length_params. Default: 'generated', five of 10 tokens.
   */
  readonly contexts?: Contexts | undefined;
}

export interface TargetSearchOptions extends TargetSearchSettings {
  /** Used where an edit names none. Default: `answerObjective()`. */
  readonly objective?: EditObjective | undefined;
}

export interface ResolvedTargetSearch extends AdamConstants {
  /** Default: the method's own, which depends on how many layers there are. */
  readonly sites: SiteSelection | undefined;
  readonly factToken: FactToken;
  readonly steps: number;
  readonly weightDecay: number;
  readonly clamp: number;
  readonly klFactor: number;
  readonly stopLoss: number;
  readonly contexts: Contexts;
  readonly objective: EditObjective;
}

/** Fills in defaults. Throws MokusError `input` naming an option that is out of its range, or of another kind. */
export function resolveTargetSearch(owner: string, options: TargetSearchOptions): ResolvedTargetSearch {
  requireOptions(owner, options);
  const resolved: ResolvedTargetSearch = {
    sites: options.sites,
    factToken: options.factToken ?? 'subjectLast',
    steps: options.steps ?? 25,
    ...resolveAdam(owner, { ...options, learningRate: options.learningRate ?? 0.5 }),
    weightDecay: options.weightDecay ?? 1e-3,
    clamp: options.clamp ?? 4,
    klFactor: options.klFactor ?? 0.0625,
    stopLoss: options.stopLoss ?? 0.05,
    contexts: options.contexts ?? 'generated',
    objective: options.objective ?? answerObjective(),
  };
  requireFactToken(owner, resolved.factToken);
  requireNumber(owner, 'steps', resolved.steps, { atLeast: 1, integer: true });
  requireNumber(owner, 'weightDecay', resolved.weightDecay, { atLeast: 0 });
  requireNumber(owner, 'clamp', resolved.clamp, { above: 0 });
  requireNumber(owner, 'klFactor', resolved.klFactor, { atLeast: 0 });
  requireNumber(owner, 'stopLoss', resolved.stopLoss, { atLeast: 0 });
  requireContexts(owner, resolved.contexts);
  requireObjective(owner, 'objective', resolved.objective);
  return resolved;
}

/** What an edit's provenance keeps of them. */
export function describeTargetSearch(
  { factToken, steps, learningRate, betas, epsilon, weightDecay, clamp, klFactor, stopLoss }: ResolvedTargetSearch,
  contexts: readonly string[],
): { readonly [key: string]: Json } {
  return { factToken, steps, learningRate, betas, epsilon, weightDecay, clamp, klFactor, stopLoss, contexts };
}
