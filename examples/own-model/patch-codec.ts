/**
 * A model family of one's own, small enough to read: an image codec without a network. Each patch of a picture is a latent
 * position, its channels the patch's coordinates in an orthonormal basis that the checkpoint holds.
 */
import {
  type ArchitectureRegistry,
  type Backend,
  f32Tensor,
  type HostTensor,
  type ImageCodec,
  imagesToPixels,
  type Json,
  MokusError,
  requireF32,
  throwIfCancelled,
  type WeightStore,
} from '@mokus/core';
import { Graph, linear, matmul, multiply, type Program, reshape, transpose } from '@mokus/graph';

/** What config.json says. */
interface PatchCodecConfig {
  readonly latentChannels: number;
  /** Pixels of a patch, each way. */
  readonly patchSize: number;
}

/** The architecture, written once; gradients, devices and dtypes are others' business. */
function patchCodecPrograms({ latentChannels, patchSize }: PatchCodecConfig): Record<'encode' | 'decode', Program> {
  const numbers = 3 * patchSize ** 2;
  const weightOf = (graph: Graph) => graph.weight('basis.weight', [latentChannels, numbers]);

  const encode = new Graph();
  // The sides with the patch split off, so that a size is a multiple of it by construction.
  const pixels = encode.input('pixels', 'f32', ['batch', 3, 'height', patchSize, 'width', patchSize]);
  const patches = transpose(pixels, [0, 2, 4, 1, 3, 5]);
  const flat = reshape(patches, [pixels.dim(0), pixels.dim(2), pixels.dim(4), numbers]);
  const coordinates = multiply(linear(flat, weightOf(encode)), 1 / patchSize);
  encode.output('latents', transpose(coordinates, [0, 3, 1, 2]));

  const decode = new Graph();
  const latents = decode.input('latents', 'f32', ['batch', latentChannels, 'height', 'width']);
  const restored = matmul(transpose(multiply(latents, patchSize), [0, 2, 3, 1]), weightOf(decode));
  const shape = [latents.dim(0), latents.dim(2), latents.dim(3), 3, patchSize, patchSize];
  decode.output('pixels', transpose(reshape(restored, shape), [0, 3, 1, 4, 2, 5]));

  return { encode: encode.build(), decode: decode.build() };
}

interface PatchCodecOptions {
  readonly config: Json;
  readonly weights: WeightStore;
  readonly backend: Backend;
  /** For messages. */
  readonly file: string;
  readonly signal?: AbortSignal | undefined;
}

/** Throws MokusError `config` by file and field, and what the backend throws; `encode`, `decode` throw `input`. */
export async function createPatchCodec({ weights, backend, ...options }: PatchCodecOptions): Promise<ImageCodec> {
  const config = readConfig(options.config, options.file);
  const { latentChannels, patchSize } = config;
  const module = await backend.load(weights, patchCodecPrograms(config), { component: 'vae', signal: options.signal });
  return {
    info: { latentChannels, spatialFactor: patchSize },
    async encode(images, { signal } = {}) {
      throwIfCancelled(signal, 'encoding pictures');
      const { shape, data } = imagesToPixels(images);
      const [batch = 0, , height = 0, width = 0] = shape;
      if (height % patchSize !== 0 || width % patchSize !== 0) {
        const message = `a picture of ${width} x ${height} cannot be encoded: sides must be multiples of ${patchSize}`;
        throw new MokusError('input', message, { field: 'images' });
      }
      const split = [batch, 3, height / patchSize, patchSize, width / patchSize, patchSize];
      const { latents } = await module.run('encode', { pixels: f32Tensor(split, data) }, { signal });
      return requireF32(latents as HostTensor, 'the latents');
    },
    async decode(latents, { signal } = {}) {
      throwIfCancelled(signal, 'decoding latents');
      const [batch = 0, channels, height = 0, width = 0] = latents.shape;
      if (channels !== latentChannels) {
        const message = `latents are [batch, ${latentChannels}, height, width], got [${latents.shape.join(', ')}]`;
        throw new MokusError('input', message, { field: 'latents' });
      }
      const { pixels } = await module.run('decode', { latents }, { signal });
      const { data } = requireF32(pixels as HostTensor, 'the pixels');
      return f32Tensor([batch, 3, height * patchSize, width * patchSize], data);
    },
    release: () => module.release(),
    dispose: () => module.dispose(),
  };
}

function readConfig(config: Json, file: string): PatchCodecConfig {
  const fields: Readonly<Record<string, unknown>> = typeof config === 'object' && config !== null ? { ...config } : {};
  const size = (field: string): number => {
    const value = fields[field];
    if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
    throw new MokusError('config', `${file}: "${field}" is no whole number above 0`, { file, field });
  };
  return { latentChannels: size('latent_channels'), patchSize: size('patch_size') };
}

/** Makes the class known: from now on a folder whose model_index.json names it is loaded like any other. */
export function registerPatchCodec(registry: ArchitectureRegistry): ArchitectureRegistry {
  registry.imageCodecs.set('PatchCodec', async ({ files, component, backend, signal }) => {
    const path = `${component}/config.json`;
    const [config, weights] = await Promise.all([files.readJson(path), files.weights(component)]);
    return createPatchCodec({ config, weights, backend, file: `${files.name}/${path}`, signal });
  });
  return registry;
}
