import { MokusError } from '@mokus/core';
import type { AlphaEditSettings } from '../alpha-edit/alpha-edit.js';
import type { LoraTuningSettings } from '../fine-tuning/lora-tuning.js';
import type { FtLSettings, FtMSettings } from '../fine-tuning/one-layer.js';
import type { TargetSearchSettings } from '../locate-then-edit/options.js';
import type { MemitSettings } from '../memit/memit.js';
import type { PmetSettings } from '../pmet/pmet.js';
import type { RomeSettings } from '../rome/rome.js';
import type { UltraEditSettings } from '../ultra-edit/options.js';
import { Fields } from './fields.js';

/** An editor by its name here, and its options. */
export type EasyEditChoice =
  | { readonly editor: 'ultraEdit'; readonly settings: UltraEditSettings }
  | { readonly editor: 'memit'; readonly settings: MemitSettings }
  | { readonly editor: 'pmet'; readonly settings: PmetSettings }
  | { readonly editor: 'alphaEdit'; readonly settings: AlphaEditSettings }
  | { readonly editor: 'rome'; readonly settings: RomeSettings }
  | { readonly editor: 'ftM'; readonly settings: FtMSettings }
  | { readonly editor: 'ftL'; readonly settings: FtLSettings }
  | { readonly editor: 'loraTuning'; readonly settings: LoraTuningSettings };

/** What a file of EasyEdit says, in the words of this package. */
export type FromEasyEdit = EasyEditChoice & {
  /** Its names without a counterpart here: paths, devices, batches, and what the method does in another way. */
  readonly ignored: readonly string[];
};

/** They say where things are and how they are run, not what the method does. */
const machinery = [
  ...[
    'model_name',
    'model_class',
    'class_name',
    'tokenizer_class',
    'tokenizer_name',
    'stats_dir',
    'P_loc',
    'results_dir',
    'device',
  ],
  ...['model_parallel', 'fp16', 'half', 'silent', 'batch_size', 'batch_size_once', 'editor_batch_size', 'max_length'],
  ...['layer_module_tmp', 'mlp_module_tmp', 'attn_module_tmp', 'ln_f_module', 'lm_head_module', 'rewrite_module_tmps'],
];

/**
 * The loss is that of the model's own end, statistics are made by the caller, dropout is not trained with, and an edit names
 * its template.
 */
const otherwise = [
  ...['v_loss_layer', 'mom2_dataset', 'mom2_n_samples', 'mom2_dtype'],
  ...['token', 'dropout', 'no_grad_layers', 'lora_dropout', 'use_chat_template'],
];

const promptLast =
  "prompt_last trains the prompt's last row on every token of the answer at once, and ftL and ftM here train each token of the answer at its own row, as target_new does (for an answer of one token both are the same); write target_new, or give ftL or ftM an objective of your own";

const steadyRate =
  'the learning rate does not shrink from step to step here, and Adam is what takes the steps; take it out, and choose lr for that';

const algorithms: Readonly<Record<string, (fields: Fields) => EasyEditChoice>> = {
  MEMIT: (fields) => ({ editor: 'memit', settings: spread(fields) }),
  PMET: (fields) => {
    fields.requireOne('nll_loss_factor', 'the objective weighs 1 here');
    return { editor: 'pmet', settings: spread(fields) };
  },
  AlphaEdit: (fields) => {
    fields.present(['mom2_adjustment', 'mom2_update_weight']);
    const lambda = fields.number('L2');
    const nullSpaceThreshold = fields.number('nullspace_threshold');
    return { editor: 'alphaEdit', settings: { ...searched(fields), lambda, nullSpaceThreshold } };
  },
  ROME: (fields) => {
    fields.present(['mom2_update_weight']);
    const ridge = fields.boolean('mom2_adjustment') === true ? { lambda: 0, mu: 1 } : { lambda: 1, mu: 0 };
    return { editor: 'rome', settings: { ...searched(fields), ...ridge } };
  },
  FT: (fields) => {
    fields.choice('objective_optimization', { target_new: true }, promptLast);
    fields.requireOff('weight_decay', 'kl_factor');
    const limit = fields.number('norm_constraint');
    const settings = { sites: sitesOf(fields), ...tuned(fields) };
    return limit === undefined ? { editor: 'ftM', settings } : { editor: 'ftL', settings: { ...settings, limit } };
  },
  LoRA: (fields) => {
    fields.choice('lora_type', { lora: true });
    fields.requireOne('sh_lr', steadyRate);
    fields.requireOff('weight_decay', 'kl_factor', 'norm_constraint');
    const layers = fields.layers();
    const roles = fields.texts('target_modules') ?? ['q_proj', 'v_proj'];
    const settings: LoraTuningSettings = {
      sites: { roles, layers: layers.length === 0 ? undefined : layers },
      rank: fields.number('rank') ?? fields.number('lora_r'),
      alpha: fields.number('lora_alpha'),
      ...tuned(fields),
    };
    return { editor: 'loraTuning', settings };
  },
  ULTRAEDIT: (fields) => ({
    editor: 'ultraEdit',
    settings: {
      sites: fields.texts('inner_params')?.map(siteId),
      eta: fields.number('lr'),
      normalisation: 'lifelong',
      maxTurns: 1,
    },
  }),
};

/**
 * Reads hyper-parameters under EasyEdit's names, as any YAML parser gives them: `fromEasyEdit(parse(text))`. Numbers that
 * YAML 1.1 takes for text are numbers.
 *
 * Throws MokusError `input` naming the hyper-parameter for one that is unknown, of the wrong type, or asks for what the
 * editor here does not do (FT's prompt_last, weight decay, AdaLoRA, a schedule of the learning rate).
 */
export function fromEasyEdit(hparams: Readonly<Record<string, unknown>>): FromEasyEdit {
  const fields = new Fields(hparams);
  const algorithm = fields.text('alg_name') ?? '';
  const read = Object.hasOwn(algorithms, algorithm) ? algorithms[algorithm] : undefined;
  if (read === undefined) {
    throw new MokusError('input', `alg_name is '${algorithm}', but must be ${Object.keys(algorithms).join(' or ')}`, {
      field: 'alg_name',
    });
  }
  const ignored = fields.present([...machinery, ...otherwise]);
  const choice = read(fields);
  fields.requireAllRead(algorithm);
  return { ...choice, ignored };
}

function spread(fields: Fields): MemitSettings {
  fields.present(['mom2_adjustment']);
  return { ...searched(fields), mu: fields.number('mom2_update_weight') };
}

function searched(fields: Fields): TargetSearchSettings {
  fields.choice('layer_selection', { all: true });
  return {
    sites: sitesOf(fields),
    factToken: fields.choice('fact_token', { subject_last: 'subjectLast', last: 'last' } as const),
    steps: fields.number('v_num_grad_steps'),
    learningRate: fields.number('v_lr'),
    weightDecay: fields.number('v_weight_decay'),
    clamp: fields.number('clamp_norm_factor'),
    klFactor: fields.number('kl_factor'),
    // Of each pair the first is a length.
    contexts: fields.pairs('context_template_length_params')?.map(([tokens, count]) => ({ count, tokens })),
  };
}

function tuned(fields: Fields): { readonly learningRate: number | undefined; readonly maxEpochs: number | undefined } {
  return { learningRate: fields.number('lr'), maxEpochs: fields.number('num_steps') };
}

/** layers and rewrite_module_tmp. */
function sitesOf(fields: Fields): readonly string[] {
  const template = fields.text('rewrite_module_tmp') ?? 'layers.{}.mlp.down_proj';
  return fields.layers().map((layer) => siteId(template.replace('{}', String(layer))));
}

/** `model.layers.4.mlp.down_proj.weight` -> `layers.4.mlp.down_proj`. */
function siteId(module: string): string {
  return module.replace(/^.*?(?=layers\.\d)/, '').replace(/\.weight$/, '');
}
