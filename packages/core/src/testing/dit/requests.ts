import { elementCount } from '@mokus/graph';
import type { DiTInfo, VelocityRequest } from '../../diffusion.js';
import { type NoiseGenerator, seededNoise } from '../../noise.js';
import { boolTensor, f32Tensor, type HostTensor } from '../../tensor.js';
import type { Conditioning } from '../../text-encoder.js';

const grid = { height: 3, width: 2 };
/** Valid text tokens of the two samples; the second is padded to the first. */
export const lengths = [5, 3] as const;

/** Two samples at different noise levels with conditionings of unequal length, drawn from a seed. */
export function maskedRequest(info: DiTInfo, seed = 1): VelocityRequest {
  const noise = seededNoise(seed);
  const [longest] = lengths;
  const valid = lengths.flatMap((length) => Array.from({ length: longest }, (_, token) => token < length));
  const states = normals(noise, [lengths.length, longest, info.conditioningSize]);
  const data = states.data.map((value, index) => (valid[Math.floor(index / info.conditioningSize)] ? value : 0));
  return {
    latents: normals(noise, [lengths.length, grid.height * grid.width, info.inChannels]),
    grid,
    sigmas: [0.9, 0.3],
    conditioning: { hiddenStates: f32Tensor(states.shape, data), mask: boolTensor([lengths.length, longest], valid) },
  };
}

/** One sample of a request, its padding cut away and its mask with it. */
export function memberOf(request: VelocityRequest, sample: number): VelocityRequest {
  const { latents, sigmas, conditioning } = request;
  const size = conditioning.hiddenStates.shape[2] as number;
  const length = lengths[sample] as number;
  const states = rowsOf(conditioning.hiddenStates, sample);
  return {
    ...request,
    latents: rowsOf(latents, sample),
    sigmas: [sigmas[sample] as number],
    conditioning: {
      hiddenStates: f32Tensor([1, length, size], states.data.slice(0, length * size)),
      mask: undefined,
    },
  };
}

/** The request with its padding rows set to numbers that must not matter. */
export function withGarbage(request: VelocityRequest): VelocityRequest {
  const { hiddenStates, mask } = request.conditioning;
  const size = hiddenStates.shape[2] as number;
  const data = hiddenStates.data.map((value, index) =>
    mask?.data[Math.floor(index / size)] === 0 ? 40 * Math.sin(index) : value,
  );
  return withStates(request, data);
}

export function withStates(request: VelocityRequest, data: Float32Array): VelocityRequest {
  const conditioning: Conditioning = {
    ...request.conditioning,
    hiddenStates: f32Tensor(request.conditioning.hiddenStates.shape, data),
  };
  return { ...request, conditioning };
}

/** One sample of a batched tensor, still batched. */
export function rowsOf({ shape, data }: HostTensor<'f32'>, sample: number): HostTensor<'f32'> {
  const size = data.length / (shape[0] as number);
  return f32Tensor([1, ...shape.slice(1)], data.slice(sample * size, (sample + 1) * size));
}

export function normals(noise: NoiseGenerator, shape: readonly number[]): HostTensor<'f32'> {
  return f32Tensor(shape, noise.normals(elementCount(shape)));
}
