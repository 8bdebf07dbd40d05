import { MokusError } from '@mokus/core';
import { describe, expect, it } from 'vitest';
import { fromEasyEdit, type LoraTuningSettings, type MemitOptions, memit } from '../../src/index.js';

const modules = {
  layer_module_tmp: 'model.layers.{}',
  mlp_module_tmp: 'model.layers.{}.mlp',
  attn_module_tmp: 'model.layers.{}.self_attn',
  ln_f_module: 'model.norm',
  lm_head_module: 'lm_head',
};

/** The names of hparams/MEMIT/*.yaml. */
const memitFile = {
  ...modules,
  alg_name: 'MEMIT',
  model_name: 'Qwen2.5-7B',
  stats_dir: './data/stats',
  device: 0,
  layers: [4, 6],
  clamp_norm_factor: 4,
  layer_selection: 'all',
  fact_token: 'subject_last',
  v_num_grad_steps: 25,
  v_lr: '5e-1',
  v_loss_layer: 27,
  v_weight_decay: 1e-3,
  kl_factor: 0.0625,
  mom2_adjustment: true,
  mom2_update_weight: 15000,
  rewrite_module_tmp: 'model.layers.{}.mlp.down_proj',
  mom2_dataset: 'wikipedia',
  mom2_n_samples: 100000,
  mom2_dtype: 'float32',
  model_parallel: false,
};
const { mom2_update_weight: _, ...searchFile } = memitFile;

const search = {
  sites: ['layers.4.mlp.down_proj', 'layers.6.mlp.down_proj'],
  factToken: 'subjectLast',
  steps: 25,
  learningRate: 0.5,
  weightDecay: 1e-3,
  clamp: 4,
  klFactor: 0.0625,
};
const ftFile = {
  ...modules,
  alg_name: 'FT',
  layers: [21],
  num_steps: 25,
  batch_size: 1,
  max_length: 40,
  lr: 5e-4,
  weight_decay: 0,
  kl_factor: 0,
  norm_constraint: false,
  objective_optimization: 'target_new',
  rewrite_module_tmp: 'model.layers.{}.mlp.down_proj.weight',
};

describe('names of EasyEdit', () => {
  const tuned = { sites: ['layers.21.mlp.down_proj'], learningRate: 5e-4, maxEpochs: 25 };

  it.each([
    [memitFile, 'memit', { ...search, mu: 15000 }],
    [{ ...memitFile, alg_name: 'PMET', nll_loss_factor: 1 }, 'pmet', { ...search, mu: 15000 }],
    [
      { ...memitFile, alg_name: 'AlphaEdit', P_loc: './p.pt', nullspace_threshold: 2e-2, L2: 1 },
      'alphaEdit',
      { ...search, lambda: 1, nullSpaceThreshold: 0.02 },
    ],
    [{ ...searchFile, alg_name: 'ROME' }, 'rome', { ...search, lambda: 0, mu: 1 }],
    [
      {
        ...searchFile,
        alg_name: 'ROME',
        context_template_length_params: [
          [5, 10],
          [10, 10],
        ],
      },
      'rome',
      {
        ...search,
        contexts: [
          { count: 10, tokens: 5 },
          { count: 10, tokens: 10 },
        ],
        lambda: 0,
        mu: 1,
      },
    ],
    [
      { ...searchFile, alg_name: 'ROME', fact_token: 'last', mom2_adjustment: false, fp16: false },
      'rome',
      { ...search, factToken: 'last', lambda: 1, mu: 0 },
    ],
    [ftFile, 'ftM', tuned],
    [{ ...ftFile, norm_constraint: 5e-5 }, 'ftL', { ...tuned, limit: 5e-5 }],
    [
      { alg_name: 'ULTRAEDIT', inner_params: ['model.layers.18.mlp.gate_proj'], lr: 1e-6, token: 'mask', half: true },
      'ultraEdit',
      { sites: ['layers.18.mlp.gate_proj'], eta: 1e-6, normalisation: 'lifelong', maxTurns: 1 },
    ],
  ])('are read: $alg_name', (file, editor, settings) => {
    const read = fromEasyEdit(file);
    expect(read.editor).toBe(editor);
    expect(read.settings).toEqual(settings);
  });

  it('of LoRA choose projections by role and layer', () => {
    const file = { alg_name: 'LoRA', layers: [1], num_steps: 70, lr: 5e-3, rank: 8, lora_alpha: 32, lora_dropout: 0.1 };
    const { editor, settings, ignored } = fromEasyEdit({ ...file, target_modules: ['q_proj'], weight_decay: 0 });
    expect([editor, ignored]).toEqual(['loraTuning', ['lora_dropout']]);
    const sites = { roles: ['q_proj'], layers: [1] };
    expect(settings).toEqual({ sites, rank: 8, alpha: 32, learningRate: 5e-3, maxEpochs: 70 });
    const everywhere = fromEasyEdit({ alg_name: 'LoRA', layers: [] }).settings as LoraTuningSettings;
    expect(everywhere.sites).toEqual({ roles: ['q_proj', 'v_proj'], layers: undefined });
  });

  it('of how a model is loaded and asked are left to the caller', () => {
    const file = { alg_name: 'ULTRAEDIT', inner_params: ['model.layers.29.mlp.down_proj'], class_name: 'AutoModel' };
    expect(fromEasyEdit({ ...file, lr: 1e-6 }).ignored).toEqual(['class_name']);
    const lora = { alg_name: 'LoRA', sh_lr: 1, use_chat_template: true };
    expect(fromEasyEdit(lora).ignored).toEqual(['use_chat_template']);
  });

  it('that mean another training are refused with what they mean and what to do', () => {
    for (const objective_optimization of ['prompt_last', 'promptz_last']) {
      const read = () => fromEasyEdit({ ...ftFile, objective_optimization });
      expect(read).toThrow(new RegExp(`"${objective_optimization}", but must be target_new: prompt_last trains the`));
      expect(read).toThrow(/write target_new, or give ftL or ftM an objective of your own/);
    }
    expect(() => fromEasyEdit({ alg_name: 'LoRA', sh_lr: 0.9 })).toThrow(/sh_lr is 0.9, but must be 1: .*take it out/);
    const pmetFile = { ...memitFile, alg_name: 'PMET', nll_loss_factor: 2 };
    expect(() => fromEasyEdit(pmetFile)).toThrow(/nll_loss_factor is 2, but must be 1/);
  });

  it.each([
    ['null', null],
    ['"alg_name: FT"', 'alg_name: FT'],
    ['[]', []],
  ])('are those of an object, not %s', (kind, hparams) => {
    const read = () => fromEasyEdit(hparams as never);
    expect(read).toThrow(MokusError);
    expect(read).toThrow(`hyper-parameters are an object of names and values, not ${kind}`);
  });

  it('that have no counterpart are listed, and what is read is what the editor takes', () => {
    const { settings, ignored } = fromEasyEdit(memitFile);
    expect(ignored).toContain('v_loss_layer');
    expect(ignored).toContain('mom2_dataset');
    expect(memit({ ...(settings as MemitOptions), mu: 0, lambda: 1 }).name).toBe('memit');
  });

  it.each([
    ['alg_name', { ...memitFile, alg_name: 'GRACE' }],
    ['alg_name', { ...memitFile, alg_name: 'toString' }],
    ['v_learning_rate', { ...memitFile, v_learning_rate: 0.1 }],
    ['nullspace_threshold', { ...memitFile, nullspace_threshold: 2e-2 }],
    ['v_lr', { ...memitFile, v_lr: 'fast' }],
    ['layers', { ...memitFile, layers: [1.5] }],
    ['fact_token', { ...memitFile, fact_token: 'subject_first' }],
    ['fact_token', { ...memitFile, fact_token: 'constructor' }],
    ['layer_selection', { ...memitFile, layer_selection: 'random' }],
    ['nll_loss_factor', { ...memitFile, alg_name: 'PMET', nll_loss_factor: 2 }],
    ['mom2_adjustment', { ...searchFile, alg_name: 'ROME', mom2_adjustment: 'yes' }],
    ['objective_optimization', { ...ftFile, objective_optimization: 'prompt_last' }],
    ['weight_decay', { ...ftFile, weight_decay: 0.1 }],
    ['lora_type', { alg_name: 'LoRA', lora_type: 'adalora' }],
    ['sh_lr', { alg_name: 'LoRA', sh_lr: 0.9 }],
    ['context_template_length_params', { ...memitFile, context_template_length_params: [[5, 10], [10]] }],
    ['context_template_length_params', { ...memitFile, context_template_length_params: '5, 10' }],
    ['inner_params', { alg_name: 'ULTRAEDIT', inner_params: 'all' }],
  ])('%s is refused by name', (field, file) => {
    const refused = (): unknown => fromEasyEdit(file);
    expect(refused).toThrow(MokusError);
    expect(refused).toThrow(expect.objectContaining({ code: 'input', details: expect.objectContaining({ field }) }));
  });
});
