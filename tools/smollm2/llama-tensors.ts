/** llama.cpp's names and orders of a Llama model's tensors, turned into those of transformers. */
import type { TensorToWrite } from '@mokus/safetensors';
import { dequantise } from './dequantise.js';
import type { Gguf, GgufTensor } from './gguf.js';

const outside: Readonly<Record<string, string>> = {
  'token_embd.weight': 'model.embed_tokens.weight',
  'output_norm.weight': 'model.norm.weight',
};

const inBlock: Readonly<Record<string, string>> = {
  attn_norm: 'input_layernorm',
  attn_q: 'self_attn.q_proj',
  attn_k: 'self_attn.k_proj',
  attn_v: 'self_attn.v_proj',
  attn_output: 'self_attn.o_proj',
  ffn_norm: 'post_attention_layernorm',
  ffn_gate: 'mlp.gate_proj',
  ffn_up: 'mlp.up_proj',
  ffn_down: 'mlp.down_proj',
};

/** Every tensor under its name in transformers, as f32; each is computed when it is written. */
export function llamaTensors({ tensors }: Gguf, bytes: Uint8Array, headDim: number): TensorToWrite[] {
  return [...tensors.values()].map((tensor) => ({
    name: transformersName(tensor.name),
    dtype: 'F32',
    shape: tensor.shape,
    data: async () => new Uint8Array(valuesOf(tensor, bytes, headDim).buffer),
  }));
}

/** @throws Error for a tensor that a Llama model does not have */
function transformersName(name: string): string {
  const [, layer, part = ''] = /^blk\.(\d+)\.(\w+)\.weight$/.exec(name) ?? [];
  const found = layer === undefined ? outside[name] : inBlock[part] && `model.layers.${layer}.${inBlock[part]}.weight`;
  if (found === undefined) throw new Error(`no name for the tensor ${name}`);
  return found;
}

function valuesOf({ name, shape, type, offset }: GgufTensor, bytes: Uint8Array, headDim: number): Float32Array {
  const count = shape.reduce((product, size) => product * size, 1);
  const values = dequantise(bytes, type, offset, count);
  return /attn_[qk]\./.test(name) ? rotaryHalves(values, count / (shape[0] ?? 1), headDim) : values;
}

/**
 * The rows of query and key heads as transformers rotates them: llama.cpp rotates pairs of neighbours (2j, 2j + 1),
 * transformers rotates pairs (j, j + headDim / 2).
 */
function rotaryHalves(values: Float32Array, columns: number, headDim: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let row = 0; row < values.length / columns; row++) {
    const [head, inHead] = [Math.floor(row / headDim), row % headDim];
    const from = head * headDim + (inHead % (headDim / 2)) * 2 + Math.floor(inHead / (headDim / 2));
    result.set(values.subarray(from * columns, (from + 1) * columns), row * columns);
  }
  return result;
}
