import type { StatePlace } from '@mokus/core';
import {
  add,
  attention,
  type Graph,
  gather,
  linear,
  multiply,
  reshape,
  rmsNorm,
  rotaryEmbedding,
  silu,
  type Value,
} from '@mokus/graph';
import { type DeltaValues, declareDelta, withDelta } from '../deltas/delta-linear.js';
import type { DecoderConfig } from './decoder-config.js';
import { type SiteRole, siteId, siteSize } from './sites.js';
import type { DecoderWeightNames } from './weight-names.js';

/** What a decoder program is fed besides deltas. */
export interface DecoderInputs {
  /** ids, i32 [batch, length]; or what the first layer reads, f32 [batch, length, hiddenSize]. */
  readonly tokens: { readonly ids: Value } | { readonly states: Value };
  /** bool [batch, length]: true where a token stands. */
  readonly keyMask: Value;
  /** f32 [length, headDim / 2]. */
  readonly cos: Value;
  readonly sin: Value;
}

/** A linear layer that may carry a delta. */
export interface SiteValues {
  /** [batch, length, dIn]. */
  readonly input: Value;
  /** [batch, length, dOut], delta and bias included. */
  readonly output: Value;
  /** Inputs of an editable site. */
  readonly delta: DeltaValues | undefined;
}

export interface DecoderOptions {
  readonly config: DecoderConfig;
  readonly names: DecoderWeightNames;
  /** Whether a site gets the inputs of a delta. */
  readonly isEditable: (siteId: string) => boolean;
  /** How many blocks to build. Default: all. */
  readonly depth?: number | undefined;
  /** The first block that is built: what it reads is an input then. Default: 0, from the tokens. */
  readonly start?: number | undefined;
  /** What is added to states, [batch, length, hiddenSize], by {@link stateName}. Default: nothing. */
  readonly offsets?: ReadonlyMap<string, Value> | undefined;
}

export interface Decoder {
  /**
   * By the number that transformers gives them: the embeddings, then the output of each block that was built, [batch,
   * length, hiddenSize]. The last one of a whole decoder is after the final norm.
   */
  readonly hiddenStates: ReadonlyMap<number, Value>;
  readonly sites: ReadonlyMap<string, SiteValues>;
  /** By {@link stateName}, offsets included, [batch, length, hiddenSize]. */
  readonly states: ReadonlyMap<string, Value>;
}

export function stateName({ layer, part }: StatePlace): string {
  return `layers.${layer}.${part}`;
}

export function declareDecoderInputs(graph: Graph, { config, start = 0 }: DecoderOptions): DecoderInputs {
  const { headDim, hiddenSize } = config;
  return {
    tokens:
      start === 0
        ? { ids: graph.input('ids', 'i32', ['batch', 'length']) }
        : { states: graph.input('states', 'f32', ['batch', 'length', hiddenSize]) },
    keyMask: graph.input('keyMask', 'bool', ['batch', 'length']),
    cos: graph.input('cos', 'f32', ['length', headDim / 2]),
    sin: graph.input('sin', 'f32', ['length', headDim / 2]),
  };
}

/**
 * A pre-norm decoder with rotary grouped-query attention and a SiLU-gated MLP: Llama, Qwen2, the language model of
 * Qwen2.5-VL, Qwen3. Editable sites compute y = W x + bias + U (V x) with U [dOut, rank] and V [rank, dIn] as inputs.
 */
export function buildDecoder(graph: Graph, inputs: DecoderInputs, options: DecoderOptions): Decoder {
  const { config, names } = options;
  const { hiddenSize, layers, rmsNormEpsilon } = config;
  const depth = options.depth ?? layers;
  const block: BlockContext = { graph, inputs, options, sites: new Map() };
  const states = new Map<string, Value>();
  const state = (layer: number, part: StatePlace['part'], value: Value): Value => {
    const name = stateName({ layer, part });
    const offset = options.offsets?.get(name);
    const sum = offset === undefined ? value : add(value, offset);
    states.set(name, sum);
    return sum;
  };
  const norm = (x: Value, name: string): Value =>
    rmsNorm(x, graph.weight(`${name}.weight`, [hiddenSize]), rmsNormEpsilon);
  const embedded = (ids: Value): Value =>
    gather(graph.weight(`${names.prefix}embed_tokens.weight`, [config.vocabSize, hiddenSize]), ids);
  let hidden = 'ids' in inputs.tokens ? embedded(inputs.tokens.ids) : inputs.tokens.states;
  const { start = 0 } = options;
  const hiddenStates = new Map([[start, hidden]]);
  for (let layer = start; layer < depth; layer++) {
    const name = `${names.prefix}layers.${layer}`;
    const attended = selfAttention(block, layer, norm(hidden, `${name}.input_layernorm`));
    hidden = add(hidden, state(layer, 'attention', attended));
    const transformed = mlp(block, layer, norm(hidden, `${name}.post_attention_layernorm`));
    hidden = state(layer, 'block', add(hidden, state(layer, 'mlp', transformed)));
    hiddenStates.set(layer + 1, hidden);
  }
  if (depth === layers) hiddenStates.set(layers, norm(hidden, `${names.prefix}norm`));
  return { hiddenStates, sites: block.sites, states };
}

/** Logits [..., vocabSize] of final hidden states [..., hiddenSize]. */
export function outputProjection(graph: Graph, hidden: Value, { config, names }: DecoderOptions): Value {
  const name = config.tiedEmbeddings ? `${names.prefix}embed_tokens.weight` : names.outputProjection;
  return linear(hidden, graph.weight(name, [config.vocabSize, config.hiddenSize]));
}

interface BlockContext {
  readonly graph: Graph;
  readonly inputs: DecoderInputs;
  readonly options: DecoderOptions;
  readonly sites: Map<string, SiteValues>;
}

function selfAttention(block: BlockContext, layer: number, x: Value): Value {
  const { graph, inputs, options } = block;
  const { heads, keyValueHeads, headDim, biases, queryKeyNorm, rmsNormEpsilon } = options.config;
  const project = (role: SiteRole, count: number): Value => {
    const projected = siteLinear(block, layer, role, x, biases.qkv);
    return reshape(projected, [...x.shape.slice(0, 2), count, headDim]);
  };
  const rotated = (heads: Value, norm: string): Value => {
    const weight = `${options.names.prefix}layers.${layer}.self_attn.${norm}.weight`;
    const normed = queryKeyNorm ? rmsNorm(heads, graph.weight(weight, [headDim]), rmsNormEpsilon) : heads;
    return rotaryEmbedding(normed, inputs.cos, inputs.sin, 'halves');
  };
  const q = rotated(project('q_proj', heads), 'q_norm');
  const k = rotated(project('k_proj', keyValueHeads), 'k_norm');
  const v = project('v_proj', keyValueHeads);
  const mixed = attention(q, k, v, { causal: true, keyMask: inputs.keyMask });
  return siteLinear(block, layer, 'o_proj', reshape(mixed, [...x.shape.slice(0, 2), heads * headDim]), biases.output);
}

function mlp(block: BlockContext, layer: number, x: Value): Value {
  const { biases } = block.options.config;
  const gate = siteLinear(block, layer, 'gate_proj', x, biases.mlp);
  const up = siteLinear(block, layer, 'up_proj', x, biases.mlp);
  return siteLinear(block, layer, 'down_proj', multiply(silu(gate), up), biases.mlp);
}

function siteLinear(block: BlockContext, layer: number, role: SiteRole, input: Value, hasBias: boolean): Value {
  const { graph, options, sites } = block;
  const id = siteId(layer, role);
  const name = options.names.prefix + id;
  const { dOut, dIn } = siteSize(options.config, role);
  const bias = hasBias ? graph.weight(`${name}.bias`, [dOut]) : undefined;
  const base = linear(input, graph.weight(`${name}.weight`, [dOut, dIn]), bias);
  const delta = options.isEditable(id) ? declareDelta(graph, { id, dOut, dIn }) : undefined;
  const output = delta === undefined ? base : withDelta(base, input, delta);
  sites.set(id, { input, output, delta });
  return output;
}
