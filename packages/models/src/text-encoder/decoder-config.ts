import type { Json } from '@mokus/core';
import { ConfigReader } from '../config-reader.js';
import { type RotaryConfig, readRotaryConfig } from './rotary-config.js';

/** What a decoder-only language model is made of; sizes as in its config.json. */
export interface DecoderConfig {
  readonly modelType: string;
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headDim: number;
  readonly rmsNormEpsilon: number;
  readonly rotary: RotaryConfig;
  /** Longest sequence. */
  readonly maxPositions: number;
  /** Whether the output projection is the embedding table. */
  readonly tiedEmbeddings: boolean;
  readonly biases: { readonly qkv: boolean; readonly output: boolean; readonly mlp: boolean };
  /** RMS norms over each head of q and k, before the rotation. */
  readonly queryKeyNorm: boolean;
}

/** What a family leaves unsaid in its config.json: transformers' own defaults. */
interface Family {
  readonly rmsNormEpsilon: number;
  readonly ropeTheta: number;
  readonly queryKeyNorm: boolean;
  readonly headDim?: number;
  /** Fixed, or read from `attention_bias`. */
  readonly qkvBias: boolean | 'config';
}

const qwen25Vl: Family = { rmsNormEpsilon: 1e-5, ropeTheta: 1e6, queryKeyNorm: false, qkvBias: true };

const families: Readonly<Record<string, Family>> = {
  qwen2_5_vl: qwen25Vl,
  qwen2_5_vl_text: qwen25Vl,
  qwen2: { rmsNormEpsilon: 1e-6, ropeTheta: 1e4, queryKeyNorm: false, qkvBias: true },
  qwen3: { rmsNormEpsilon: 1e-6, ropeTheta: 1e4, queryKeyNorm: true, headDim: 128, qkvBias: 'config' },
  llama: { rmsNormEpsilon: 1e-6, ropeTheta: 1e4, queryKeyNorm: false, qkvBias: 'config' },
};

/**
 * Reads the config.json of a decoder. Fields may stand at the top or in `text_config`; for the spellings of the
 * rotary embedding see {@link readRotaryConfig}. Throws MokusError `config`, naming file and field, for
 * what is missing, malformed or not honoured.
 */
export function readDecoderConfig(config: Json, file: string): DecoderConfig {
  const top = new ConfigReader(config, file);
  const inner = top.object('text_config', {});
  const reader = new ConfigReader({ ...top.fields, ...inner }, file);
  const modelType = reader.oneOf('model_type', Object.keys(families));
  const family = families[modelType]!;
  refuseWhatIsNotHonoured(reader);
  const hiddenSize = reader.size('hidden_size');
  const heads = reader.size('num_attention_heads');
  const keyValueHeads = reader.size('num_key_value_heads', heads);
  if (heads % keyValueHeads !== 0) reader.refuse('num_key_value_heads', `it must divide num_attention_heads ${heads}`);
  const headDim = reader.size('head_dim', family.headDim ?? Math.floor(hiddenSize / heads));
  if (headDim % 2 !== 0) reader.refuse('head_dim', 'the rotary embedding needs an even size');
  const maxPositions = reader.size('max_position_embeddings');
  const configBias = reader.boolean('attention_bias', false);
  return {
    modelType,
    vocabSize: reader.size('vocab_size'),
    hiddenSize,
    intermediateSize: reader.size('intermediate_size'),
    layers: reader.count('num_hidden_layers'),
    heads,
    keyValueHeads,
    headDim,
    rmsNormEpsilon: reader.number('rms_norm_eps', family.rmsNormEpsilon),
    rotary: readRotaryConfig(reader, file, { theta: family.ropeTheta, maxPositions }),
    maxPositions,
    // Older files say it in text_config, newer ones at the top.
    tiedEmbeddings:
      top.boolean('tie_word_embeddings', false) || new ConfigReader(inner, file).boolean('tie_word_embeddings', false),
    biases: {
      qkv: family.qkvBias === 'config' ? configBias : family.qkvBias,
      output: family.qkvBias === 'config' && configBias,
      mlp: reader.boolean('mlp_bias', false),
    },
    queryKeyNorm: family.queryKeyNorm,
  };
}

function refuseWhatIsNotHonoured(reader: ConfigReader): void {
  reader.oneOf('hidden_act', ['silu'], 'silu');
  reader.mustBeOff('use_sliding_window', 'only full attention is implemented');
  for (const kind of reader.list('layer_types', [])) {
    if (kind !== 'full_attention') reader.refuse('layer_types', 'only full_attention is implemented');
  }
}
