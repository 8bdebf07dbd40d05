import type { DeltaHandle, DeltaSite, SiteDelta } from './edit.js';
import type { RawImage } from './image.js';
import type { RunOptions } from './progress.js';
import type { HostTensor, Tensor } from './tensor.js';
import type { Conditioning } from './text-encoder.js';

/** Height and width of the packed latent grid: tokens, not pixels. */
export interface LatentGrid {
  readonly height: number;
  readonly width: number;
}

export interface VelocityRequest {
  /** Packed latents, f32 [batch, grid.height * grid.width, inChannels]. */
  readonly latents: HostTensor<'f32'>;
  readonly grid: LatentGrid;
  /** Noise level of each sample in [0, 1]; the model's t. */
  readonly sigmas: readonly number[];
  readonly conditioning: Conditioning;
  /** Trial deltas by site, on top of those pushed: what training an adapter tries. Default: none. */
  readonly parameters?: ReadonlyMap<string, SiteDelta> | undefined;
}

/** One step of denoising with true classifier-free guidance, every sample at the same noise level. */
export interface DenoiseStepRequest {
  /** Packed latents, f32 [batch, grid.height * grid.width, inChannels]: of the host, or what the step before returned. */
  readonly latents: Tensor;
  readonly grid: LatentGrid;
  /** The noise level that the latents are at, in [0, 1]. */
  readonly sigma: number;
  /** How many velocities the latents move by: {@link Scheduler.stepSize}. */
  readonly stepSize: number;
  readonly positive: Conditioning;
  /** As `guide` combines the two velocities. Default: the positive one alone. */
  readonly guidance?: { readonly negative: Conditioning; readonly scale: number } | undefined;
}

/** The rectified-flow loss of a batch and what it is differentiated by. */
export interface VelocityLossRequest extends VelocityRequest {
  /** The velocity that is right, eps - z of each sample: f32 of the latents' shape. */
  readonly target: HostTensor<'f32'>;
  /** The trial deltas in `parameters`, or the hidden states that it is conditioned on. */
  readonly wrt: 'parameters' | 'conditioning';
  /**
   * Gradient checkpointing (Chen et al. 2016, "Training deep nets with sublinear memory cost"): the blocks are cut into so
   * many segments, the forward pass keeps only what passes between them, and backward each runs forward once more. The
   * result is the same to rounding error, for the activations of one segment in memory and at most one forward pass more;
   * more segments than there are blocks are one a block. Default: 1, which keeps everything.
   */
  readonly segments?: number | undefined;
}

export interface VelocityLoss {
  /** Of each sample: the mean of (velocity - target)^2 over its tokens and channels. */
  readonly losses: readonly number[];
  /** dL/d(delta) in the form of each trial delta, L the mean of `losses`; empty unless it was asked for. */
  readonly parameters: ReadonlyMap<string, SiteDelta>;
  /** dL/d(conditioning hidden states), of their shape; undefined unless it was asked for. */
  readonly conditioning: HostTensor<'f32'> | undefined;
}

export interface DiTInfo {
  readonly architecture: string;
  /** Channels of a packed latent token. */
  readonly inChannels: number;
  readonly patchSize: number;
  /** Size of the hidden states that condition it. */
  readonly conditioningSize: number;
  /** Sites that an adapter is trained on unless told otherwise. */
  readonly adapterTargets: readonly string[];
}

/**
 * A diffusion transformer that predicts the velocity of a rectified flow, eps - z. Pushed deltas act on everything that it
 * computes: adapters are made of them. `testDiT` is its kit.
 */
export interface DiT {
  readonly info: DiTInfo;
  /** Linear layers that adapters may change, in the order of the model. */
  readonly sites: readonly DeltaSite[];
  /** sha256 (hex) over the base weights, deltas not included. Computed when first asked for. */
  fingerprint(): Promise<string>;
  /** f32, of the latents' shape. */
  velocity(request: VelocityRequest, options?: RunOptions): Promise<HostTensor<'f32'>>;
  /**
   * latents + stepSize * velocity, left on the device: latents go there once and come back when the caller reads them, who
   * disposes each. Absent where the backend keeps no results.
   */
  denoiseStep?(request: DenoiseStepRequest, options?: RunOptions): Promise<Tensor>;
  /** dL/d(conditioning hidden states) from dL/d(velocity): f32 of the hidden states' shape. */
  conditioningVjp(
    request: VelocityRequest & { readonly cotangent: HostTensor<'f32'> },
    options?: RunOptions,
  ): Promise<HostTensor<'f32'>>;
  /**
   * dL/d(delta) of each of `parameters` from dL/d(velocity), at them, in the form of each: dU and dV of a low-rank one, dW
   * of a dense one.
   */
  parameterGradients(
    request: VelocityRequest & {
      readonly parameters: ReadonlyMap<string, SiteDelta>;
      readonly cotangent: HostTensor<'f32'>;
    },
    options?: RunOptions,
  ): Promise<ReadonlyMap<string, SiteDelta>>;
  /**
   * The loss that a rectified flow is trained with and its gradients, in one forward and one backward pass: what
   * training an adapter, or an aim at the picture, takes. Throws MokusError `input` without parameters to differentiate by.
   */
  velocityLoss(request: VelocityLossRequest, options?: RunOptions): Promise<VelocityLoss>;

  /**
   * Adds a delta to a site; deltas stack. A call that runs already is not touched. Throws MokusError `site` (unknown),
   * `edit` (wrong shape, or not finite); nothing is changed then.
   */
  pushDelta(site: string, delta: SiteDelta): DeltaHandle;
  /** Takes a pushed delta away: bit-exact, wherever it is in the stack. Throws MokusError `edit` for one not pushed. */
  popDelta(handle: DeltaHandle): void;
  /** What is pushed, in order. */
  deltas(): readonly { readonly handle: DeltaHandle; readonly delta: SiteDelta }[];

  /**
   * Frees the weights, once calls that run have ended; what is pushed stays. The next call that needs them loads them again
   * and computes the same bits. Throws MokusError `disposed`.
   */
  release(): Promise<void>;
  dispose(): Promise<void>;
}

export interface ImageCodecInfo {
  /** Channels of a latent. */
  readonly latentChannels: number;
  /** Pixels per latent position, each way. */
  readonly spatialFactor: number;
}

/** Pictures to normalised latents and back. */
export interface ImageCodec {
  readonly info: ImageCodecInfo;
  /** Pictures of one size to normalised latents (the mode of the posterior), f32 [batch, z, H/f, W/f]. */
  encode(images: readonly RawImage[], options?: RunOptions): Promise<HostTensor<'f32'>>;
  /** Normalised latents to pixels, f32 [batch, 3, H, W], nominally in [-1, 1], not clamped. */
  decode(latents: HostTensor<'f32'>, options?: RunOptions): Promise<HostTensor<'f32'>>;
  /** Frees the weights, once calls that run have ended; the next call loads them again. Throws MokusError `disposed`. */
  release(): Promise<void>;
  dispose(): Promise<void>;
}

/** The noise levels of a run: `sigmas` has one more entry than steps and ends at 0. */
export interface SchedulePlan {
  readonly sigmas: Float64Array;
}

export interface Scheduler {
  /** Throws MokusError `input` for a number of steps that the schedule is not defined for. */
  plan(steps: number, imageTokens: number): SchedulePlan;
  /**
   * Where every step is x + stepSize v, its size: sigma_next - sigma for Euler's. Such steps can be made where the latents are.
   * Absent where they are made otherwise.
   */
  stepSize?(sigma: number, sigmaNext: number): number;
  /** x + (sigma_next - sigma) v, in fp32. */
  step(latents: Float32Array, velocity: Float32Array, sigma: number, sigmaNext: number): Float32Array;
  /** (1 - sigma) z + sigma eps. */
  addNoise(latents: Float32Array, noise: Float32Array, sigma: number): Float32Array;
}
