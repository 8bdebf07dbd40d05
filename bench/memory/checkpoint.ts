import { createWriteStream } from 'node:fs';
import { copyFile, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { modelFolder } from '@mokus/emoji-world';
import { fromFloats, streamSafetensors, type TensorToWrite, toBytes } from '@mokus/safetensors';

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
const chunkElements = 2 ** 20;

/** Writes the checkpoint below `folder` unless it is there, and returns its path. It carries emoji-world's tokenizer. */
export async function ensureRandomCheckpoint(folder: string, checkpoint: RandomCheckpoint): Promise<string> {
  const target = `${folder}/${checkpoint.name}`;
  const exists = await stat(target).then(
    () => true,
    () => false,
  );
  if (exists) return target;
  const partial = `${target}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(`${partial}/text_encoder`, { recursive: true });
  await mkdir(`${partial}/tokenizer`);
  for (const file of ['tokenizer.json', 'tokenizer_config.json']) {
    await copyFile(fileURLToPath(new URL(`tokenizer/${file}`, modelFolder)), `${partial}/tokenizer/${file}`);
  }
  await writeFile(`${partial}/text_encoder/config.json`, JSON.stringify(configOf(checkpoint), null, 2));
  const stream = streamSafetensors(tensorsOf(checkpoint));
  await pipeline(Readable.from(stream.chunks()), createWriteStream(`${partial}/text_encoder/model.safetensors`));
  await rename(partial, target);
  return target;
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
  const matrix = (name: string, ...shape: readonly number[]): TensorToWrite => ({
    name: `${name}.weight`,
    dtype,
    shape,
    data: randomBytes(seed++, shape, dtype),
  });
  const vector = (name: string, size: number, value: number): TensorToWrite => {
    const values = new Float32Array(size).fill(value);
    return { name, dtype, shape: [size], data: dtype === 'F32' ? toBytes(values) : fromFloats(values, dtype) };
  };
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

/** Uniform numbers of variance 1 / dIn (Marsaglia's xorshift32), a piece at a time. */
function randomBytes(seed: number, shape: readonly number[], dtype: RandomCheckpoint['dtype']) {
  return async function* (): AsyncGenerator<Uint8Array> {
    const scale = Math.sqrt(12 / (shape.at(-1) ?? 1)) / 2 ** 32;
    let state = Math.imul(seed, 0x9e3779b1) | 1;
    const total = shape.reduce((product, each) => product * each, 1);
    for (let done = 0; done < total; done += chunkElements) {
      const values = new Float32Array(Math.min(chunkElements, total - done));
      for (let index = 0; index < values.length; index++) {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        values[index] = state * scale;
      }
      yield dtype === 'F32' ? toBytes(values) : fromFloats(values, dtype);
    }
  };
}
