import { copyFile, mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { modelFolder } from '@mokus/emoji-world';
import type { TensorToWrite } from '@mokus/safetensors';
import { constant, randomMatrix, writeNetwork, writtenOnce } from './random-tensors.js';

/** A random decoder in the layout of Qwen2.5-VL's text encoder. */
export interface RandomCheckpoint {
  readonly name: string;
  readonly dtype: 'F32' | 'BF16';
  readonly layers: number;
}

/** 259 million parameters are 1.04 GB in f32; 485 million are 0.97 GB in bf16, and 1.94 GB in the f32 that the CPU computes in. */
export const randomCheckpoints: readonly RandomCheckpoint[] = [
  { name: 'random-f32', dtype: 'F32', layers: 5 },
  { name: 'random-bf16', dtype: 'BF16', layers: 10 },
];

const sizes = { hidden: 2048, intermediate: 5632, heads: 16, keyValueHeads: 4, vocabulary: 16384 };

/** Writes the checkpoint below `folder` unless it is there, and returns its path. It carries emoji-world's tokenizer. */
export async function ensureRandomCheckpoint(folder: string, checkpoint: RandomCheckpoint): Promise<string> {
  return writtenOnce(`${folder}/${checkpoint.name}`, async (partial) => {
    await mkdir(`${partial}/tokenizer`);
    for (const file of ['tokenizer.json', 'tokenizer_config.json']) {
      await copyFile(fileURLToPath(new URL(`tokenizer/${file}`, modelFolder)), `${partial}/tokenizer/${file}`);
    }
    await writeNetwork(`${partial}/text_encoder`, 'model', configOf(checkpoint), tensorsOf(checkpoint));
  });
}

function configOf({ layers }: RandomCheckpoint): object {
  return {
    architectures: ['Qwen2_5_VLForConditionalGeneration'],
    model_type: 'qwen2_5_vl',
    text_config: {
      model_type: 'qwen2_5_vl_text',
      hidden_size: sizes.hidden,
      intermediate_size: sizes.intermediate,
      num_hidden_layers: layers,
      num_attention_heads: sizes.heads,
      num_key_value_heads: sizes.keyValueHeads,
      max_position_embeddings: 4096,
      rms_norm_eps: 1e-6,
      rope_parameters: { rope_type: 'default', rope_theta: 1e6, mrope_section: [16, 24, 24] },
      vocab_size: sizes.vocabulary,
      tie_word_embeddings: true,
    },
    tie_word_embeddings: true,
  };
}

function* tensorsOf({ dtype, layers }: RandomCheckpoint): Generator<TensorToWrite> {
  const { hidden, intermediate, heads, keyValueHeads, vocabulary } = sizes;
  const keyValue = (hidden / heads) * keyValueHeads;
  let seed = 1;
  const matrix = (name: string, ...shape: readonly number[]): TensorToWrite =>
    randomMatrix(`${name}.weight`, dtype, shape, seed++);
  const vector = (name: string, size: number, value: number): TensorToWrite => constant(name, dtype, size, value);
  yield matrix('model.embed_tokens', vocabulary, hidden);
  yield vector('model.norm.weight', hidden, 1);
  for (let layer = 0; layer < layers; layer++) {
    const name = `model.layers.${layer}`;
    for (const norm of ['input_layernorm', 'post_attention_layernorm'])
      yield vector(`${name}.${norm}.weight`, hidden, 1);
    for (const [role, size] of Object.entries({ q: hidden, k: keyValue, v: keyValue })) {
      yield matrix(`${name}.self_attn.${role}_proj`, size, hidden);
      yield vector(`${name}.self_attn.${role}_proj.bias`, size, 0);
    }
    yield matrix(`${name}.self_attn.o_proj`, hidden, hidden);
    yield matrix(`${name}.mlp.gate_proj`, intermediate, hidden);
    yield matrix(`${name}.mlp.up_proj`, intermediate, hidden);
    yield matrix(`${name}.mlp.down_proj`, hidden, intermediate);
  }
}
