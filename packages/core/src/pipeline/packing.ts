import type { LatentGrid } from '../diffusion.js';
import { MokusError } from '../errors.js';
import { f32Tensor, type HostTensor } from '../tensor.js';

/**
 * Latents f32 [batch, z, H, W] as tokens f32 [batch, (H/p)(W/p), z p p] of p x p patches, row by row; the channel of
 * latent channel c at (dy, dx) in its patch is (c p + dy) p + dx. Throws MokusError `input` when a side is no multiple
 * of p.
 */
export function packLatents(latents: HostTensor<'f32'>, patchSize: number): HostTensor<'f32'> {
  const [batch, channels, height, width] = latents.shape;
  if (batch === undefined || !channels || !height || !width || height % patchSize || width % patchSize) {
    const got = `[${latents.shape.join(', ')}]`;
    throw new MokusError('input', `latents are [batch, z, H, W] with sides multiples of ${patchSize}, got ${got}`);
  }
  const grid = { height: height / patchSize, width: width / patchSize };
  const packed = new Float32Array(latents.data.length);
  const places = patchPlaces(channels, grid, patchSize);
  for (let start = 0; start < packed.length; start += places.length) {
    for (let index = 0; index < places.length; index++) {
      packed[start + index] = latents.data[start + (places[index] as number)] as number;
    }
  }
  return f32Tensor([batch, grid.height * grid.width, channels * patchSize ** 2], packed);
}

/** The inverse of {@link packLatents}. Throws MokusError `input` when the tokens do not fill the grid. */
export function unpackLatents(packed: HostTensor<'f32'>, grid: LatentGrid, patchSize: number): HostTensor<'f32'> {
  const [batch, tokens, packedChannels] = packed.shape;
  const channels = (packedChannels ?? 0) / patchSize ** 2;
  if (batch === undefined || tokens !== grid.height * grid.width || !Number.isInteger(channels) || channels < 1) {
    const got = `[${packed.shape.join(', ')}]`;
    const expected = `[batch, ${grid.height} * ${grid.width}, z * ${patchSize} * ${patchSize}]`;
    throw new MokusError('input', `packed latents are ${expected}, got ${got}`, { field: 'latents' });
  }
  const latents = new Float32Array(packed.data.length);
  const places = patchPlaces(channels, grid, patchSize);
  for (let start = 0; start < latents.length; start += places.length) {
    for (let index = 0; index < places.length; index++) {
      latents[start + (places[index] as number)] = packed.data[start + index] as number;
    }
  }
  return f32Tensor([batch, channels, grid.height * patchSize, grid.width * patchSize], latents);
}

/** For each element of one sample's tokens, in order, its index in [z, H, W]. */
function patchPlaces(channels: number, grid: LatentGrid, patchSize: number): Uint32Array {
  const width = grid.width * patchSize;
  const plane = grid.height * patchSize * width;
  const places = new Uint32Array(channels * plane);
  let next = 0;
  for (let row = 0; row < grid.height; row++) {
    for (let column = 0; column < grid.width; column++) {
      for (let channel = 0; channel < channels; channel++) {
        for (let dy = 0; dy < patchSize; dy++) {
          for (let dx = 0; dx < patchSize; dx++) {
            places[next++] = channel * plane + (row * patchSize + dy) * width + column * patchSize + dx;
          }
        }
      }
    }
  }
  return places;
}
