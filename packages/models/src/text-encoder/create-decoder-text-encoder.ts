import { type Backend, type Json, type LoadOptions, MokusError, type TextEncoder, type WeightStore } from '@mokus/core';
import { ProgramSet } from '../program-set.js';
import { ByteLevelTokenizer } from '../tokenizer/byte-level-tokenizer.js';
import { readDecoderConfig } from './decoder-config.js';
import { DecoderTextEncoder } from './decoder-text-encoder.js';
import { defaultCaptureSites, initialPrograms } from './initial-programs.js';
import type { TextEncoderProgramOptions } from './programs.js';
import { type PipelineTemplate, PromptFormatter, qwenImageTemplate } from './prompt-template.js';
import { decoderSites, defaultSiteRoles, requireSiteRoles, type SiteRole } from './sites.js';
import { findDecoderWeights } from './weight-names.js';

export interface DecoderTextEncoderOptions extends LoadOptions {
  /** The contents of the component's config.json. */
  readonly config: Json;
  /** A tokenizer, or the contents of its tokenizer.json. */
  readonly tokenizer: ByteLevelTokenizer | Json;
  readonly weights: WeightStore;
  readonly backend: Backend;
  /** For messages. Default: config.json under the weights' name. */
  readonly file?: string | undefined;
  /** What the pipeline writes around a prompt. Default: Qwen-Image's. */
  readonly template?: Pick<PipelineTemplate, 'prefix' | 'suffix'> | undefined;
  /**
   * Rows that the pipeline drops from the front. Default: 34, as Qwen-Image's does, and then the prefix must be 34
   * tokens.
   */
  readonly droppedRows?: number | undefined;
  /**
   * Which linear layers may be edited. Default: gate_proj, up_proj, down_proj. Every site is two inputs of every program, U
   * and V, also while no edit is on it.
   */
  readonly siteRoles?: readonly SiteRole[] | undefined;
  /** Which hidden state conditions the image model, as an index into hidden_states. Default: -1, after the final norm. */
  readonly tap?: number | undefined;
  /** Tokens that end an answer. Default: those of ChatML that the tokenizer has. */
  readonly endTokens?: readonly string[] | undefined;
}

const chatMlEnds = ['<|im_end|>', '<|endoftext|>'];

/**
 * A decoder of the Qwen2, Qwen2.5-VL, Qwen3 or Llama kind as text encoder of an image pipeline, text only, fp32. Weights may be named
 * `model.*` or `model.language_model.*`; a vision tower beside them is left alone.
 *
 * Throws MokusError `config` (a value that is missing or not honoured, by file and field; a tokenizer that does not fit
 * the template or the embedding table), `weight` (a tensor that is missing or of another shape), `unsupported` (a
 * tokenizer component, or by the backend), `cancelled`.
 */
export async function createDecoderTextEncoder(options: DecoderTextEncoderOptions): Promise<TextEncoder> {
  const { weights, backend, signal } = options;
  const component = options.component ?? 'text encoder';
  const file = options.file ?? `${weights.name}/config.json`;
  const config = readDecoderConfig(options.config, file);
  const tokenizer =
    options.tokenizer instanceof ByteLevelTokenizer ? options.tokenizer : new ByteLevelTokenizer(options.tokenizer);
  if (tokenizer.idLimit > config.vocabSize) {
    throw new MokusError(
      'config',
      `${tokenizer.file} has ids up to ${tokenizer.idLimit - 1}, but ${file}: vocab_size is ${config.vocabSize}; use the checkpoint's own tokenizer`,
      { file, field: 'vocab_size' },
    );
  }
  const prompts = new PromptFormatter(tokenizer, pipelineTemplate(options, tokenizer), config.maxPositions);
  const roles = requireSiteRoles(options.siteRoles ?? defaultSiteRoles);
  const endIds = endIdsOf(tokenizer, options.endTokens);
  const tap = options.tap ?? -1;
  const tapDepth = tapDepthOf(tap, config.layers);
  const names = findDecoderWeights(weights);
  const sites = decoderSites(config, names, roles, tapDepth);
  const editable = new Map(sites.filter((site) => site.reachesTap).map((site) => [site.id, site]));
  const programOptions: TextEncoderProgramOptions = {
    config,
    names,
    isEditable: (id) => editable.has(id),
    tapDepth,
  };
  const initial = initialPrograms(programOptions, defaultCaptureSites(sites));
  const programs = await ProgramSet.load(backend, weights, initial, { component, signal });
  return new DecoderTextEncoder({
    info: {
      architecture: config.modelType,
      hiddenSize: config.hiddenSize,
      layers: config.layers,
      vocabSize: config.vocabSize,
      maxLength: prompts.maxLength,
      tap,
      prefixLength: prompts.pipeline.droppedRows,
      suffixLength: prompts.suffixLength,
    },
    backend,
    sites,
    programs,
    programOptions,
    weights,
    tokenizer,
    prompts,
    endIds,
  });
}

/**
 * Throws MokusError `config` when the tokenizer gives the prefix another length than the pipeline drops: pictures would
 * be conditioned on part of the prefix, or lose part of the prompt.
 */
function pipelineTemplate(options: DecoderTextEncoderOptions, tokenizer: ByteLevelTokenizer): PipelineTemplate {
  const template = { ...qwenImageTemplate, ...options.template };
  if (options.droppedRows !== undefined) return { ...template, droppedRows: options.droppedRows };
  const prefixLength = tokenizer.encode(template.prefix).ids.length;
  if (prefixLength !== template.droppedRows) {
    throw new MokusError(
      'config',
      `${tokenizer.file}: the template's prefix is ${prefixLength} tokens, but the pipeline drops ${template.droppedRows} rows; use the checkpoint's own tokenizer, or say droppedRows`,
      { file: tokenizer.file, field: 'droppedRows' },
    );
  }
  return template;
}

/** How many blocks lie below the tap. Throws MokusError `input` for a tap that is not there. */
function tapDepthOf(tap: number, layers: number): number {
  const depth = tap < 0 ? layers + 1 + tap : tap;
  if (!Number.isInteger(depth) || depth < 1 || depth > layers) {
    throw new MokusError('input', `tap ${tap} is not among hidden_states 1 to ${layers}, nor -1 to -${layers}`, {
      field: 'tap',
    });
  }
  return depth;
}

/** Throws MokusError `config` for an end token that the tokenizer does not have. */
function endIdsOf(tokenizer: ByteLevelTokenizer, named: readonly string[] | undefined): Set<number> {
  const ids = new Set<number>();
  for (const content of named ?? chatMlEnds) {
    const id = tokenizer.idOfAddedToken(content);
    if (id !== undefined) ids.add(id);
    else if (named !== undefined) {
      throw new MokusError('config', `${tokenizer.file} has no added token "${content}"; name one that it has`, {
        file: tokenizer.file,
        field: 'endTokens',
      });
    }
  }
  return ids;
}
