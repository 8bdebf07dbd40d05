import type { TensorToWrite } from '@mokus/safetensors';
import { constant, randomMatrix, writeNetwork, writtenOnce } from './random-tensors.js';

/** A random Qwen-Image transformer of 114 million parameters: 12 blocks, 8 heads of 64. */
export const transformerSizes = { layers: 12, heads: 8, headDim: 64, hidden: 512, conditioning: 512, channels: 64 };

/** Writes the transformer below `folder` unless it is there, and returns its path. */
export async function ensureRandomTransformer(folder: string): Promise<string> {
  return writtenOnce(`${folder}/transformer-12`, (partial) =>
    writeNetwork(`${partial}/transformer`, 'diffusion_pytorch_model', config(), tensors()),
  );
}

function config(): object {
  const { layers, heads, headDim, conditioning, channels } = transformerSizes;
  return {
    _class_name: 'QwenImageTransformer2DModel',
    attention_head_dim: headDim,
    axes_dims_rope: [16, 24, 24],
    guidance_embeds: false,
    in_channels: channels,
    joint_attention_dim: conditioning,
    num_attention_heads: heads,
    num_layers: layers,
    out_channels: channels / 4,
    patch_size: 2,
  };
}

function* tensors(): Generator<TensorToWrite> {
  const { layers, hidden, headDim, conditioning, channels } = transformerSizes;
  let seed = 1;
  function* linear(name: string, dOut: number, dIn: number): Generator<TensorToWrite> {
    yield randomMatrix(`${name}.weight`, 'F32', [dOut, dIn], seed++);
    yield constant(`${name}.bias`, 'F32', dOut, 0);
  }
  yield* linear('time_text_embed.timestep_embedder.linear_1', hidden, 256);
  yield* linear('time_text_embed.timestep_embedder.linear_2', hidden, hidden);
  yield constant('txt_norm.weight', 'F32', conditioning, 1);
  yield* linear('txt_in', hidden, conditioning);
  yield* linear('img_in', hidden, channels);
  for (let layer = 0; layer < layers; layer++) {
    const name = `transformer_blocks.${layer}`;
    const projections = 'to_q to_k to_v to_out.0 add_q_proj add_k_proj add_v_proj to_add_out'.split(' ');
    for (const projection of projections) yield* linear(`${name}.attn.${projection}`, hidden, hidden);
    for (const norm of ['norm_q', 'norm_k', 'norm_added_q', 'norm_added_k'])
      yield constant(`${name}.attn.${norm}.weight`, 'F32', headDim, 1);
    for (const stream of ['img', 'txt']) {
      yield* linear(`${name}.${stream}_mod.1`, 6 * hidden, hidden);
      yield* linear(`${name}.${stream}_mlp.net.0.proj`, 4 * hidden, hidden);
      yield* linear(`${name}.${stream}_mlp.net.2`, hidden, 4 * hidden);
    }
  }
  yield* linear('norm_out.linear', 2 * hidden, hidden);
  yield* linear('proj_out', channels, hidden);
}
